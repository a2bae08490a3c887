# Tries to join two organisations' data: python3 journeys/joins.py DEMO_FOLDER. Reads every table of every organisation of a demo
# and looks for a value that stands in two of them: codes, handles, keys, digests, signatures, nonces, exact times. Bodies
# (evidence_body) may hold common values, since erasing them takes the join away; nothing else may.
#
# What may stand in two places, each with its reason:
PUBLIC = {
    "db_migration.*": "versions of the program",
    "evidence_checkpoint.*": "published: signed notes and stamps, with the authority's certificates",
    "evidence_key.verifier_key": "published key",
    "trust_certificate.*": "published certificates",
    "exchange_member.*": "public descriptors of organisations: roots, seal keys, log keys, addresses",
    "exchange_permit.*": "published rows of law",
    "records_terms.*": "route and document of a published pack, and the digest of that content",
    "records_case.terms": "the same digest: all cases of one procedure have it",
    "records_notice.stamp": "an RFC 3161 token: the authority's certificates; its imprint is looked for in `digest`",
    "kpi_series.*": "digests of the names of indicators",
    "kpi_cell.*": "the same, and counts",
    "kpi_pair.formula": "digest of the definition of an indicator, which is public",
    "kpi_path.id": "digest of the steps of a procedure in their order: all cases that went the same way have it",
    "kpi_trace.path": "the same digest",
    "kpi_report.*": "published figures that the nation fetches",
    "identity_organisation.*": "kind and title",
    "evidence_idempotency.request_digest": "digest of an officer's form without its case: {\"act\":\"claim\"}",
}
# Words of the program (member names, record types), and times to the minute or made by a clock of the maker's own.
import base64
import collections
import datetime
import json
import os
import re
import sqlite3
import sys

WORD = re.compile(rb"[A-Za-z0-9+_]{12,}={0,2}")
PLAIN = re.compile(rb"^(?:[a-z]+(?:_[a-z]+)+|[A-Z]?[a-z]{11,19}|[a-z]+\+[a-z]+|[0-9]{12,15}Z?[0-9A-Za-z]?)$")
EXACT_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ORGANISATIONS = {"portal": "portal/portal", "linker": "portal/linker", "nation": "portal/nation", "aoba": "aoba/aoba", "minato": "minato/minato", "water": "minato/water"}


def is_public(table, column):
    return f"{table}.*" in PUBLIC or f"{table}.{column}" in PUBLIC


def values(cell, since):
    """What in one cell could tell two rows apart from all others."""
    if isinstance(cell, int):
        if cell > since and cell % 1_000_000:
            yield b"time %d" % cell
        return
    raw = cell if isinstance(cell, bytes) else cell.encode()
    if raw.startswith(b"eyJ") and raw.count(b".") == 2:  # a signature is looked for as it is, what it signs as text
        _, payload, signature = raw.split(b".")
        yield signature
        yield from values(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)).decode(), since)
        return
    if isinstance(cell, bytes) and 12 <= len(raw) <= 64 and any(raw):
        yield b"bytes " + raw.hex().encode()
    for word in WORD.findall(raw):
        if not PLAIN.match(word):
            yield word
    for at in EXACT_TIME.findall(raw):
        if at > ISO_SINCE and not at.endswith(b".000000Z"):
            yield b"time " + at


def rows(path, bodies):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")]
    for table in tables:
        if (table == "evidence_body" and not bodies) or table.startswith("sqlite_"):
            continue
        found = database.execute(f'SELECT * FROM "{table}"')
        columns = [column[0] for column in found.description]
        for row in found:
            # FTS5 keeps under 1 and 10 how many rows and segments there are: no words, and the same where registers grew alike.
            if table.endswith("_search_data") and row[0] in (1, 10):
                continue
            for column, cell in zip(columns, row):
                if cell is not None and not isinstance(cell, float):
                    yield table, column, cell


def find(root, since, bodies):
    seen, public = collections.defaultdict(dict), set(EMPTY)
    for organisation, folder in ORGANISATIONS.items():
        for table, column, cell in rows(os.path.join(root, folder, "musubi.db"), bodies):
            if is_public(table, column):
                if table == "records_terms" and column == "id":
                    public.add(cell.encode())  # manifests name the row
                continue
            for value in values(cell, since):
                seen[value].setdefault(organisation, set()).add(f"{table}.{column}")
    return len(seen), {value: where for value, where in seen.items() if len(where) > 1 and value not in public}


def main(root, since):
    global ISO_SINCE
    ISO_SINCE = datetime.datetime.fromtimestamp(since / 1e6, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    looked_at, joins = find(root, since, bodies=False)
    _, with_bodies = find(root, since, bodies=True)  # shows that what is there would be found
    examples = {}
    for value, where in joins.items():
        place = " = ".join(f"{organisation}:{','.join(sorted(columns))}" for organisation, columns in sorted(where.items()))
        examples.setdefault(place, []).append(value.decode()[:60])
    print(json.dumps({"values": looked_at, "joins_by_bodies": len(with_bodies),
                      "joins": [{"where": place, "n": len(all), "such_as": all[:3]} for place, all in sorted(examples.items())]}))
    return 1 if joins else 0


EMPTY = (b"47DEQpj8HBSa+", b"TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")  # SHA-256 of nothing, in two halves
ISO_SINCE = b""
if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
