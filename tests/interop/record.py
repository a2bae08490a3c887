"""Reads record bundles and a town's SQLite file with nothing but docs/formats/record.md: record.py DIR (of interop_dump).

Head, body, manifest, entry, inclusion proof and row digests are recomputed; forged ones must differ. The signature is the
Go judge's matter. Last line: `N passed, M failed`.
"""
import base64
import hashlib
import json
import os
import sqlite3
import struct
import sys

passed = failed = 0


def judge(what, good):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("wrong:", what)


def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text):
    return base64.b64decode(text, validate=True)


def included(index, size, leaf, proof, root):  # RFC 9162 2.1.3.2
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = digest(b"\x01", p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = digest(b"\x01", r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def good_bundle(b):
    head, commitment = b["head"].encode(), unbase64(b["body_commitment"])
    entry = b"\x01" + digest(b"musubi/head/v1\n", unbase64(b["head_salt"]), head) + commitment
    receipt, _, note = b["receipt"].partition("\n\n")
    lines, checkpoint = receipt.split("\n"), note.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1" or lines[1] != "extra " + base64.b64encode(entry).decode():
        return False
    if lines[2] != "index " + b["index"]:
        return False
    if "body" in b and digest(b"musubi/body/v1\n", unbase64(b["body_salt"]), b["body"].encode()) != commitment:
        return False
    if ("body" not in b) != (b["body_state"] != "present") or (b["body_state"] == "none") != (commitment == bytes(32)):
        return False
    withheld = "manifest" not in b and b.get("manifest_state") == "withheld"
    if not withheld and json.loads(b["head"])["manifest"] != base64.b64encode(digest(b["manifest"].encode())).decode():
        return False
    proof = [unbase64(line) for line in lines[3:]]
    return included(int(b["index"]), int(checkpoint[1]), digest(b"\x00", entry), proof, unbase64(checkpoint[2]))


def value(v):
    if v is None:
        return b"N"
    if isinstance(v, int):
        return b"I" + struct.pack(">q", v)
    if isinstance(v, float):
        return b"R" + struct.pack(">d", v)
    tag, data = (b"T", v.encode()) if isinstance(v, str) else (b"B", v)
    return tag + struct.pack(">I", len(data)) + data


def row_digest(salt, table, version, values):
    return digest(b"musubi/row/v1\n", salt, value(table), struct.pack(">II", version, len(values)), *map(value, values))


def bundles(folder):
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        judge("bundle " + name, good_bundle(json.loads(text)))
        for key in ("index", "head", "head_salt", "body", "body_salt", "body_commitment", "manifest", "body_state"):
            forged = json.loads(text)
            if key not in forged:
                continue
            raw = forged[key]
            forged[key] = base64.b64encode(bytes([unbase64(raw)[0] ^ 1]) + unbase64(raw)[1:]).decode() if key.endswith(("salt", "commitment")) else raw + " "
            judge("forged %s of bundle %s passed" % (key, name), not good_bundle(forged))


def rows(path):
    tables = {"town_act": ("id", ["id", "name", "amount", "weight", "seal"]),
              "evidence_key": ("key_id", ["key_id", "verifier_key", "status", "since"]),
              "evidence_log": ("id", ["id", "origin", "previous_origin", "previous_size", "previous_root"])}
    db = sqlite3.connect(path)
    last = {}
    for (manifest,) in db.execute("SELECT manifest FROM evidence_record ORDER BY idx"):
        for line in manifest.decode().split("\n")[:-1]:
            act, table, version, rest = line.split(" ", 3)
            key, _, dig = rest.rpartition(" ") if act == "put" else (rest, "", "")
            last[table, key] = (int(version), dig)
    for table, (key, columns) in tables.items():
        for row in db.execute("SELECT %s, row_salt FROM %s" % (", ".join(columns), table)):
            name = json.dumps([str(row[columns.index(key)])], ensure_ascii=False, separators=(",", ":"))
            version, expected = last.get((table, name), (0, ""))
            got = base64.b64encode(row_digest(row[-1], table, version, row[:-1])).decode()
            judge("row %s of %s" % (name, table), got == expected)


bundles(os.path.join(sys.argv[1], "bundle"))
rows(os.path.join(sys.argv[1], "data/town/musubi.db"))
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
