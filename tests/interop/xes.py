#!/usr/bin/env python3
"""Judges an event log against what IEEE 1849-2016 asks of its XML form: xes.py FILE. Prints what is wrong, a line each, then
`N passed, M failed`. The rules are those of the standard's schema (order of elements, required attributes, types of values) and of
its clause on globals and classifiers; written from the standard's description, with Python's XML parser."""
import datetime
import re
import sys
import xml.etree.ElementTree as ET

NS = "{http://www.xes-standard.org/}"
ATTRIBUTES = {"string", "date", "int", "float", "boolean", "id", "list", "container"}
NCNAME = re.compile(r"[A-Za-z_][\w.-]*\Z")
NAME = re.compile(r"[A-Za-z_:][\w.:-]*\Z")
TRANSITIONS = {"schedule", "assign", "withdraw", "reassign", "start", "suspend", "resume", "pi_abort", "ate_abort", "complete",
               "autoskip", "manualskip", "unknown"}
faults, checks = [], 0


def check(what, good):
    global checks
    checks += 1
    if not good and len(faults) < 50:
        faults.append(what)


def name(element):
    return element.tag[len(NS):] if element.tag.startswith(NS) else element.tag


def value_fits(kind, value):
    if kind == "date":
        try:
            return datetime.datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            return False
    if kind == "int":
        return re.fullmatch(r"[+-]?\d{1,18}", value) is not None
    if kind == "boolean":
        return value in ("true", "false", "1", "0")
    return True


def attribute(element, where):
    kind = name(element)
    check(f"{where}: {kind} is no attribute", kind in ATTRIBUTES)
    check(f"{where}: key of {kind}", NAME.match(element.get("key", "")) is not None)
    if kind in ATTRIBUTES - {"list", "container"}:
        check(f"{where}: value of {element.get('key')}", element.get("value") is not None and value_fits(kind, element.get("value")))
    return element.get("key"), element.get("value")


def in_order(element, order, where):
    places = [next((i for i, names in enumerate(order) if name(child) in names), -1) for child in element]
    check(f"{where}: an element that may not stand here", -1 not in places)
    check(f"{where}: order of elements", places == sorted(places))


def judge(path):
    root = ET.parse(path).getroot()
    check("root is log of the namespace of XES", root.tag == NS + "log")
    check("xes.version is a decimal", re.fullmatch(r"\d+(\.\d+)?", root.get("xes.version", "")) is not None)
    in_order(root, [{"extension"}, {"global"}, {"classifier"}, ATTRIBUTES, {"trace"}, {"event"}], "log")
    prefixes, globals_ = set(), {"trace": set(), "event": set()}
    for extension in root.iter(NS + "extension"):
        for key in ("name", "prefix"):
            check(f"extension: {key}", NCNAME.match(extension.get(key, "")) is not None)
        check("extension: uri", extension.get("uri", "").startswith("http://www.xes-standard.org/"))
        prefixes.add(extension.get("prefix"))
    for one in root.iter(NS + "global"):
        scope = one.get("scope", "event")
        check("global: scope", scope in globals_)
        globals_.setdefault(scope, set()).update(attribute(child, "global")[0] for child in one)
    for one in root.iter(NS + "classifier"):
        check("classifier: name", NCNAME.match(one.get("name", "")) is not None)
        check("classifier: keys are global", set(one.get("keys", "").split()) <= globals_[one.get("scope", "event")] and one.get("keys"))
    names = set()
    for trace in root.iter(NS + "trace"):
        in_order(trace, [ATTRIBUTES, {"event"}], "trace")
        own = dict(attribute(child, "trace") for child in trace if name(child) != "event")
        check("trace: globals", globals_["trace"] <= own.keys())
        check("trace: name once", own.get("concept:name") not in names)
        names.add(own.get("concept:name"))
        last = None
        for event in trace.iter(NS + "event"):
            keys = [attribute(child, "event") for child in event]
            own = dict(keys)
            check("event: a key once", len(own) == len(keys))
            check("event: globals", globals_["event"] <= own.keys())
            check("event: transition", own.get("lifecycle:transition") in TRANSITIONS)
            check("prefixes declared", {key.split(":")[0] for key in own if ":" in key} <= prefixes)
            at = datetime.datetime.fromisoformat(own.get("time:timestamp", "1970-01-01T00:00:00+00:00"))
            check("events in order of time", last is None or at >= last)
            last = at
    check("there is a trace", names)


judge(sys.argv[1])
print("\n".join(faults))
print(f"{checks - len(faults)} passed, {len(faults)} failed")
sys.exit(1 if faults else 0)
