#!/usr/bin/env python3
"""Generates message functions from web/locales/*.json.

ja.json and en.json, or <module>.ja.json and <module>.en.json, map a key (snake_case) to a sentence. Arguments stand in
braces with their type: {total:number} (grouped digits), {name:text}, and, in sentences that have a number argument,
{total:plural(row|rows)}. Keys and arguments must agree in both languages; every {{t.key}} of a template must exist
and take no argument. Anything else ends with status 1 and one line per fault.

--out web/messages writes web/messages.h with the keys of ja.json, web/messages/<module>.h with those of <module>.ja.json,
and web/messages.cc; what did not change is left alone, so that a new sentence compiles only the files that read its module.
"""
import argparse
import json
import pathlib
import re
import sys

KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
PART = re.compile(r"\{([a-z][a-z0-9_]*):(number|text|plural\(([^|)]*)\|([^|)]*)\))\}")
TEMPLATE_KEY = re.compile(r"\{\{\s*t\.([^}\s]*)\s*\}\}")
RESERVED = {"find", "auto", "new", "delete", "default", "this", "operator", "class", "template", "union", "switch"}
faults = []


def read_pairs(path):
    def pairs(items):
        keys = [key for key, _ in items]
        for key in {k for k in keys if keys.count(k) > 1}:
            faults.append(f"{path}: key {key} stands twice")
        return dict(items)

    try:
        messages = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)
    except ValueError as error:
        faults.append(f"{path}: {error}")
        return {}
    for key, text in list(messages.items()):
        if not KEY.match(key) or key in RESERVED:
            faults.append(f"{path}: {key} is not a usable key")
        if not isinstance(text, str) or not text.strip():
            faults.append(f"{path}: {key} has no text")
            messages[key] = "?"
    return messages


def parse(path, key, text):
    """Splits a sentence into literal strings and (name, type, one, many) tuples."""
    parts, at = [], 0
    for match in PART.finditer(text):
        parts.append(text[at:match.start()])
        kind = match[2] if match[2] in ("number", "text") else "plural"
        parts.append((match[1], kind, match[3], match[4]))
        at = match.end()
    parts.append(text[at:])
    if any(c in "{}" for part in parts if isinstance(part, str) for c in part):
        faults.append(f"{path}: {key} has a brace that belongs to no argument")
    return [part for part in parts if part != ""]


def arguments(path, key, parts):
    found = {}
    for part in parts:
        if isinstance(part, tuple):
            kind = "text" if part[1] == "text" else "number"
            if found.setdefault(part[0], kind) != kind:
                faults.append(f"{path}: {key} uses {part[0]} with two types")
    return dict(sorted(found.items()))


def literal(text):
    return json.dumps(text, ensure_ascii=False)


def expression(parts):
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(f"out += {literal(part)};")
        elif part[1] == "text":
            out.append(f"out += a.{part[0]};")
        elif part[1] == "number":
            out.append(f"out += grouped(a.{part[0]});")
        else:
            out.append(f"out += a.{part[0]} == 1 ? {literal(part[2])} : {literal(part[3])};")
    return " ".join(out)


def module_of(path):
    """The module of a path: "" for ja.json, "kpi" for kpi.ja.json."""
    return path.name.rpartition(".")[0].rpartition(".")[0]


def load(paths):
    """Messages by key: the parsed sentences, their arguments, their module."""
    files = {"ja": {}, "en": {}}
    for path in sorted(map(pathlib.Path, paths)):
        language = path.name.split(".")[-2]
        if language not in files:
            faults.append(f"{path}: the name must end in ja.json or en.json")
            continue
        for key, text in read_pairs(path).items():
            if key in files[language]:
                faults.append(f"{path}: {key} stands in {files[language][key][0]} too")
            files[language][key] = (path, text)
    messages = {}
    for key in sorted(files["ja"].keys() | files["en"].keys()):
        missing = [language for language in files if key not in files[language]]
        if missing:
            other = next(iter(files[l][key][0] for l in files if key in files[l]))
            faults.append(f"{other}: {key} is missing in {missing[0]}")
            continue
        parsed = {l: parse(files[l][key][0], key, files[l][key][1]) for l in files}
        args = {l: arguments(files[l][key][0], key, parsed[l]) for l in files}
        if module_of(files["ja"][key][0]) != module_of(files["en"][key][0]):
            faults.append(f"{files['en'][key][0]}: {key} stands in {files['ja'][key][0]}")
        if args["ja"] != args["en"]:
            faults.append(f"{files['en'][key][0]}: {key} takes {args['en'] or 'no argument'}, in Japanese {args['ja'] or 'none'}")
        messages[key] = (parsed, args["ja"], module_of(files["ja"][key][0]))
    return messages


def check_templates(paths, messages):
    for path in paths:
        for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
            for key in TEMPLATE_KEY.findall(line):
                if key not in messages:
                    faults.append(f"{path}:{number}: there is no message {key}")
                elif messages[key][1]:
                    faults.append(f"{path}:{number}: message {key} takes arguments")


def header(messages, module):
    """The header of one module's keys; that of the keys of all pages also has find()."""
    out = ["// Generated by tools/messages.py from web/locales: one function a sentence.", "#pragma once", "",
           "#include <cstdint>", "#include <optional>", "#include <string>", "#include <string_view>", "",
           '#include "web/language.h"', "", "namespace musubi::web::messages {", ""]
    if not module:
        out += ["// The message without arguments of that key.",
                "std::optional<std::string_view> find(std::string_view key, Language language);", ""]
    for key, (_, args, of) in messages.items():
        if of != module:
            continue
        if not args:
            out += [f"std::string_view {key}(Language language);", f"Text {key}();"]
            continue
        name = "".join(word.capitalize() for word in key.split("_")) + "Arguments"
        members = " ".join(f"{'std::int64_t' if kind == 'number' else 'std::string_view'} {arg};" for arg, kind in args.items())
        out += [f"struct {name} {{ {members} }};", f"std::string {key}(Language language, const {name}& a);",
                f"Text {key}(const {name}& a);"]
    return "\n".join(out + ["", "}  // namespace musubi::web::messages", ""])


def source(messages, modules):
    out = ["// Generated by tools/messages.py from web/locales.", '#include "web/messages.h"', "", "#include <algorithm>",
           "#include <array>", "", '#include "web/html.h"', *(f'#include "web/messages/{module}.h"' for module in modules if module), "", "namespace musubi::web::messages {", "namespace {",
           "struct Plain { std::string_view key, ja, en; };"]
    plain = [(key, parsed) for key, (parsed, args, _) in messages.items() if not args]
    out.append(f"constexpr std::array<Plain, {len(plain)}> kPlain = {{{{")
    out += [f"  {{{literal(key)}, {literal(''.join(p['ja']))}, {literal(''.join(p['en']))}}}," for key, p in plain]
    out += ["}};", "}  // namespace", "",
            "std::optional<std::string_view> find(std::string_view key, Language language) {",
            "  const auto at = std::lower_bound(kPlain.begin(), kPlain.end(), key,",
            "                                   [](const Plain& row, std::string_view wanted) { return row.key < wanted; });",
            "  if (at == kPlain.end() || at->key != key) return std::nullopt;",
            "  return language == Language::ja ? at->ja : at->en;", "}", ""]
    for index, (key, _) in enumerate(plain):
        row = f"kPlain[{index}]"
        out += [f"std::string_view {key}(Language language) {{ return language == Language::ja ? {row}.ja : {row}.en; }}",
                f"Text {key}() {{ return {{std::string({row}.ja), std::string({row}.en)}}; }}"]
    for key, (parsed, args, _) in messages.items():
        if not args:
            continue
        name = "".join(word.capitalize() for word in key.split("_")) + "Arguments"
        out += [f"std::string {key}(Language language, const {name}& a) {{", "  std::string out;",
                f"  if (language == Language::ja) {{ {expression(parsed['ja'])} }}",
                f"  else {{ {expression(parsed['en'])} }}", "  return out;", "}",
                f"Text {key}(const {name}& a) {{ return {{{key}(Language::ja, a), {key}(Language::en, a)}}; }}"]
    return "\n".join(out + ["", "}  // namespace musubi::web::messages", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, type=pathlib.Path, help="path of the results, without .h and .cc")
    parser.add_argument("--templates", nargs="*", default=[])
    parser.add_argument("--locales", nargs="+", required=True)
    options = parser.parse_args()
    messages = load(options.locales)
    check_templates(options.templates, messages)
    if faults:
        sys.exit("\n".join(faults))
    modules = sorted({module_of(pathlib.Path(path)) for path in options.locales})
    results = {options.out.with_suffix(".cc"): source(messages, modules)}
    for module in modules:
        results[options.out / f"{module}.h" if module else options.out.with_suffix(".h")] = header(messages, module)
    for path, text in results.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


main()
