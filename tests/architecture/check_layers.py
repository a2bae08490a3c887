#!/usr/bin/env python3
"""Holds every #include under src/ against tests/architecture/layers.txt.

check_layers.py [ROOT]   prints `file:line: what is wrong`; exit code 1 when something is.
"""
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def read_rules(path):
    """-> ({folder: set of folders or {'*'}}, [(prefix, [places])])"""
    layers, libraries = {}, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            if line.startswith("library "):
                _, prefix, *places = line.split()
                libraries.append((prefix, places))
                continue
            folder, colon, allowed = line.partition(":")
            if not colon:
                sys.exit(f"{path}:{number}: neither `folder: ...` nor `library ...`")
            layers[folder.strip()] = set(allowed.split())
    return layers, libraries


def sources(root):
    for folder, folders, names in os.walk(os.path.join(root, "src")):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".h", ".cc")):
                yield os.path.relpath(os.path.join(folder, name), root)


def faults_of(root, path, layers, libraries):
    parts = path.split("/")
    if len(parts) < 3:
        yield 1, "stands in no module"
        return
    module, inside = parts[1], "/".join(parts[1:])
    if module not in layers:
        yield 1, f"module {module} has no line in layers.txt"
        return
    allowed = layers[module] | {module, "embedded", "base", "support"}
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, header = match.groups()
            first = header.split("/")[0]
            if quote == '"' and first in layers and "*" not in allowed and first not in allowed:
                yield number, f"{module} may not include {header}: {first} is not below it"
            for prefix, places in libraries:
                if header.startswith(prefix) and module not in places and inside not in places:
                    yield number, f"{header} may be included in {', '.join(places)} only" if places else f"{header} may not be included"


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    layers, libraries = read_rules(os.path.join(root, "tests/architecture/layers.txt"))
    wrong = 0
    for path in sources(root):
        for number, what in faults_of(root, path, layers, libraries):
            print(f"{path}:{number}: {what}")
            wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
