#!/usr/bin/env python3
"""What script/lint checks. Prints `file:line: what`; the last line is `N passed, N failed`."""
import csv
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
FORMATTER = "clang-format-16"
HEADER_LINES, SOURCE_LINES, FUNCTION_LINES = 150, 500, 70
STYLE = re.compile(r"""\bstyle\s*=\s*\\?["']""")
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def tracked():
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=False)
    if out.returncode == 0:
        return sorted(name for name in out.stdout.decode().split("\0") if name and os.path.isfile(os.path.join(ROOT, name)))
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in (".git", "build", "node_modules", "var")]
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return sorted(found)


def exceptions():
    """The ratchet: files over the limit, with the size they may not grow beyond."""
    allowed = {}
    with open(os.path.join(ROOT, "tests/architecture/sizes.txt"), encoding="utf-8") as file:
        for line in file:
            line = line.split("#")[0].split()
            if line:
                allowed[line[0]] = int(line[1])
    return allowed


def lines_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read().split("\n")


def check_sizes(files):
    allowed = exceptions()
    for path in files:
        if not path.startswith(("src/", "tests/", "bench/", "tools/")) or not path.endswith((".h", ".cc", ".py", ".mjs")):
            continue
        count = len(lines_of(path)) - 1
        limit = allowed.get(path, HEADER_LINES if path.endswith(".h") else SOURCE_LINES)
        if count > limit:
            yield f"{path}:{count}: {count} lines, {limit} allowed: split it"
        if path in allowed and count <= (HEADER_LINES if path.endswith(".h") else SOURCE_LINES):
            yield f"tests/architecture/sizes.txt:1: {path} fits now; remove its line"


def check_functions(files):
    """A function is what stands between a line that opens a block at column 0 and the `}` at column 0."""
    for path in files:
        if not path.startswith("src/") or not path.endswith(".cc") or path.endswith("_test.cc"):
            continue
        start = None
        for number, line in enumerate(lines_of(path), 1):
            if start is None and re.match(r"[A-Za-z~].*\{\s*(//.*)?$", line) and not re.match(
                    r"(namespace|struct|class|enum|union|extern|constexpr|const|static const|using)\b", line):
                start = number
            elif start is not None and line.startswith("}"):
                if number - start > FUNCTION_LINES:
                    yield f"{path}:{start}: function of {number - start} lines, {FUNCTION_LINES} allowed"
                start = None


def check_words(files):
    for path in files:
        if path.endswith((".png", ".der", ".tsr", ".db")) or path.startswith(("packs/", "tests/fuzz/corpus", "tests/vectors")):
            continue
        for number, line in enumerate(lines_of(path), 1):
            if path.startswith(("src/", "web/")) and not path.endswith("_test.cc") and STYLE.search(line):
                yield f"{path}:{number}: style attribute; the content security policy forbids it"
            if SECRET.search(line) and not path.endswith(("_test.cc", "lint.py")):
                yield f"{path}:{number}: private key in the repository"
            if path.endswith((".cc", ".h")) and line.rstrip() != line:
                yield f"{path}:{number}: white space at the end of the line"
            if path.startswith("src/") and path.endswith(".h") and re.match(r"\s*using namespace", line):
                yield f"{path}:{number}: `using namespace` in a header"


def check_format(files):
    sources = [os.path.join(ROOT, path) for path in files if path.endswith((".cc", ".h"))]
    if not shutil.which(FORMATTER):
        yield f"script/lint:1: {FORMATTER} is missing; script/bootstrap --test installs it"
        return
    run = subprocess.run([FORMATTER, "--dry-run", "--Werror"] + sources, capture_output=True, text=True, check=False)
    wrong = {}
    for path, line in re.findall(r"^(.+?):(\d+):\d+: error:", run.stderr, re.M):
        wrong.setdefault(os.path.relpath(path, ROOT), line)
    for path, line in sorted(wrong.items()):
        yield f"{path}:{line}: not laid out as .clang-format says; {FORMATTER} -i {path}"
    if run.returncode and not wrong:
        yield run.stderr.strip()


def check_headers(files):
    for path in files:
        if path.startswith("src/") and path.endswith(".h"):
            lines = lines_of(path)
            if "#pragma once" not in lines:
                yield f"{path}:1: #pragma once is missing"
            if not lines[0].startswith("//"):
                yield f"{path}:1: a file opens with what it is for"


def check_modules(files):
    for module in sorted({path.split("/")[1] for path in files if path.startswith("src/") and path.count("/") > 1}):
        if f"src/{module}/README.md" not in files:
            yield f"src/{module}:1: a module has a README.md"


def check_layers(_):
    run = subprocess.run([sys.executable, os.path.join(ROOT, "tests/architecture/check_layers.py"), ROOT],
                         capture_output=True, text=True, check=False)
    yield from run.stdout.splitlines()
    if run.returncode not in (0, 1):
        yield run.stderr.strip()


MODULES = {"evidence", "trust", "identity", "exchange", "procedures", "records", "catalog", "context", "personal", "alerts",
           "kpi", "gateway", "payments", "learning", "web"}


SYSTEMS = "tests/architecture/systems.txt"


def check_coverage(_files):
    """docs/coverage.csv: a system is real only as far as journeys show it, with ; between them. script/test runs every journey."""
    path = "docs/coverage.csv"
    with open(os.path.join(ROOT, path), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named_by_sources = [line for line in lines_of(SYSTEMS) if line and not line.startswith("#")]
    for missing in sorted(set(named_by_sources) - {row["id"] for row in rows}):
        yield f"{path}:1: no row for {missing}, which {SYSTEMS} names"
    seen = set()
    for number, row in enumerate(rows, 2):
        if row["id"] in seen:
            yield f"{path}:{number}: {row['id']} stands twice"
        seen.add(row["id"])
        if row["id"] not in named_by_sources:
            yield f"{path}:{number}: {row['id']} is none of the systems in {SYSTEMS}"
        if row["capability"] not in MODULES:
            yield f"{path}:{number}: no module {row['capability']}"
        if not re.match(r"(engine|pack|engine\+pack|plan entry): .", row["how"]):
            yield f"{path}:{number}: `how` begins with engine, pack, engine+pack or plan entry"
        if bool(row["part"]) != bool(row["journey"]):
            yield f"{path}:{number}: part and journey go together"
        named = row["journey"].split(";") if row["journey"] else []
        for one in named:
            if not re.fullmatch(r"journeys/(?!kit\.)\w+\.mjs", one) or not os.path.isfile(os.path.join(ROOT, one)):
                yield f"{path}:{number}: no journey {one!r}"
        if len(set(named)) != len(named):
            yield f"{path}:{number}: a journey stands twice"


def check_messages(files):
    """A message that neither code nor template names is dead weight; a number in its key says that it has no name yet."""
    code = "".join("\n".join(lines_of(path)) for path in files
                   if path.startswith("src/") and path.endswith((".cc", ".h")) and not path.endswith("_test.cc"))
    words = set(re.findall(r"\w+", code))
    for path in files:
        if path.startswith("web/templates/"):
            words.update(re.findall(r"\bt\.(\w+)", "\n".join(lines_of(path))))
    for path in files:
        if not re.match(r"web/locales/(\w+\.)?en\.json$", path):
            continue
        for number, line in enumerate(lines_of(path), 1):
            key = re.match(r'\s*"(\w+)":', line)
            if not key:
                continue
            arguments = "".join(word.capitalize() for word in key[1].split("_")) + "Arguments"
            if key[1] not in words and arguments not in words:
                yield f"{path}:{number}: no one uses the message {key[1]}"
            if re.search(r"_\d+$", key[1]):
                yield f"{path}:{number}: the key {key[1]} ends in a number; give it a name of its own"


def main():
    files = tracked()
    passed = failed = 0
    for check in (check_layers, check_sizes, check_functions, check_words, check_format, check_headers, check_modules, check_coverage, check_messages):
        faults = list(check(files))
        for fault in faults:
            print(fault)
        passed, failed = (passed + 1, failed) if not faults else (passed, failed + 1)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
