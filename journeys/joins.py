# Tries to join two organisations' data: python3 journeys/joins.py DEMO_FOLDER. Reads every table of every organisation of a demo
# and looks for a value that stands in two of them: codes, handles, keys, digests, signatures, nonces, exact times, and of each
# certificate (x5c of a JWS, DER, PEM) itself, its digest, its serial number and its key. What is written as hex, base64, base64url or
# raw is the same value. Bodies (evidence_body) may hold common values, since erasing them takes the join away; nothing else may.
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
    "kpi_report_past.*": "the same of past days",
    "identity_organisation.*": "kind and title",
    "evidence_idempotency.request_digest": "digest of an officer's form without its case: {\"act\":\"claim\"}",
}
# Words of the program (member names, record types), and times to the minute or made by a clock of the maker's own.
import base64
import collections
import datetime
import hashlib
import itertools
import json
import os
import re
import sqlite3
import sys

WORD = re.compile(rb"[A-Za-z0-9+_]{12,}={0,2}")
PLAIN = re.compile(rb"^(?:[a-z]+(?:_[a-z]+)+|[A-Z]?[a-z]{11,19}|[a-z]+\+[a-z]+|[0-9]{12,15}Z?[0-9A-Za-z]?)$")
EXACT_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
HEX = re.compile(rb"^(?:[0-9a-f]{2}){12,}$|^(?:[0-9A-F]{2}){12,}$")
JWS = re.compile(rb"(eyJ[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{16,})")
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END")
ORGANISATIONS = {"portal": "portal/portal", "linker": "portal/linker", "nation": "portal/nation", "aoba": "aoba/aoba", "minato": "minato/minato", "water": "minato/water"}


def is_public(table, column):
    return f"{table}.*" in PUBLIC or f"{table}.{column}" in PUBLIC


def of_bytes(raw):
    """One name for bytes, however they were written."""
    return b"bytes " + (raw.hex().encode() if len(raw) <= 64 else b"sha-256 of them " + hashlib.sha256(raw).hexdigest().encode())


def decoded(token):
    """What a token may stand for: hex or base64 of either alphabet. Words have no capitals beside digits."""
    if HEX.match(token):
        yield bytes.fromhex(token.decode())
    bare = token.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if len(bare) % 4 != 1 and re.search(rb"[A-Z]", bare) and re.search(rb"[a-z]", bare) and (re.search(rb"[0-9]", bare) or len(bare) > 40):
        yield base64.b64decode(bare + b"=" * (-len(bare) % 4))


def element(der, at):
    """Tag, content and end of the DER element at an offset."""
    length, at_content = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, at_content = int.from_bytes(der[at + 2:at + 2 + count], "big"), at + 2 + count
    if at_content + length > len(der):
        raise ValueError("cut off")
    return der[at], der[at_content:at_content + length], at_content + length


def certificates(der):
    """Of an X.509 certificate (RFC 5280 4.1): it, its digests, serial number and key. Nothing of other bytes."""
    try:
        tag, whole, end = element(der, 0)
        if tag != 0x30 or end != len(der):
            return
        _, body, _ = element(whole, 0)
        parts, at = [], 0
        while at < len(body):
            tag, content, end = element(body, at)
            parts.append((tag, content, body[at:end]))
            at = end
        parts = parts[1:] if parts[0][0] == 0xA0 else parts
        serial, key = parts[0], parts[5]
        if serial[0] != 0x02 or key[0] != 0x30 or [part[0] for part in parts[1:5]] != [0x30] * 4:
            return
        _, _, after = element(key[1], 0)
        point = element(key[1], after)[1][1:]
    except (IndexError, ValueError):
        return
    yield der
    yield hashlib.sha256(der).digest()
    yield hashlib.sha1(der).digest()  # x5t of RFC 7515
    yield key[2]
    yield hashlib.sha256(key[2]).digest()
    if len(point) == 65:  # P-256: the point, and `x` of a JWK
        yield point
        yield point[1:33]
    yield serial[1].lstrip(b"\0")


def identifying(raw):
    found = list(certificates(raw))
    yield from (of_bytes(value) for value in found)
    if not found and len(raw) >= 12 and any(raw):
        yield of_bytes(raw)


def values(cell, since):
    """What in one cell could tell two rows apart from all others."""
    if isinstance(cell, int):
        if cell > since and cell % 1_000_000:
            yield b"time %d" % cell
        return
    raw = cell if isinstance(cell, bytes) else cell.encode()
    if isinstance(cell, bytes) and not (len(raw) > 64 and is_text(raw)):  # a head or manifest is looked at word by word
        yield from identifying(raw)
    for header, payload, signature in JWS.findall(raw):  # of what it signs, and of what its header shows, each value for itself
        yield of_bytes(unbase64url(signature))
        for part in (header, payload):
            try:
                yield from values(unbase64url(part).decode(), since)
            except UnicodeDecodeError:
                yield of_bytes(unbase64url(part))
    raw = JWS.sub(b" ", raw)
    for block in PEM.findall(raw.replace(b"\\n", b"\n")):  # also within JSON
        yield from identifying(base64.b64decode(b"".join(block.split())))
    for token in set(TOKEN.findall(raw)):
        for folded in decoded(token):
            yield from identifying(folded)
            if any(certificates(folded)):  # its text is no value besides: all certificates of a kind have stretches in common
                raw = raw.replace(token, b" ")
    for word in WORD.findall(raw):
        if not PLAIN.match(word):
            yield word
    for at in EXACT_TIME.findall(raw):
        if at > ISO_SINCE and not at.endswith(b".000000Z"):
            yield b"time " + at


def is_text(raw):
    try:
        return all(char.isprintable() or char == "\n" for char in raw.decode())
    except UnicodeDecodeError:
        return False


def unbase64url(text):
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)) if len(text) % 4 != 1 else text


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
                    public.update([cell.encode(), *values(cell, since)])  # manifests name the row
                continue
            if (table, column) in COMPUTED and isinstance(cell, str):
                for digest in DEFINITION.findall(cell):
                    public.update(values(digest, since))
            for value in values(cell, since):
                seen[value].setdefault(organisation, set()).add(f"{table}.{column}")
    return len(seen), {value: where for value, where in seen.items() if len(where) > 1 and value not in public}


def moment(value):
    """Microseconds since 1970 of an exact time; None of any other value."""
    if not value.startswith(b"time "):
        return None
    if value[5:].isdigit():
        return int(value[5:])
    at = datetime.datetime.strptime(value[5:].decode(), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    return round((at - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) / datetime.timedelta(microseconds=1))


def without_chance(joins):
    """Two clocks read the same microsecond now and then. A time that one organisation passes on to another is there with each act: a
    single moment that two of them share, and no third, is none."""
    moments = collections.defaultdict(set)
    for value, where in joins.items():
        if moment(value) is not None:
            for pair in itertools.combinations(sorted(where), 2):
                moments[pair].add(moment(value))

    def chance(value, where):
        return moment(value) is not None and len(where) == 2 and len(moments[tuple(sorted(where))]) == 1

    return {value: where for value, where in joins.items() if not chance(value, where)}


def main(root, since):
    global ISO_SINCE
    ISO_SINCE = datetime.datetime.fromtimestamp(since / 1e6, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    looked_at, joins = find(root, since, bodies=False)
    joins = without_chance(joins)
    _, with_bodies = find(root, since, bodies=True)  # shows that what is there would be found
    examples = {}
    for value, where in joins.items():
        place = " = ".join(f"{organisation}:{','.join(sorted(columns))}" for organisation, columns in sorted(where.items()))
        examples.setdefault(place, []).append(value.decode()[:60])
    print(json.dumps({"values": looked_at, "joins_by_bodies": len(with_bodies),
                      "joins": [{"where": place, "n": len(all), "such_as": all[:3]} for place, all in sorted(examples.items())]}))
    return 1 if joins else 0


# Figures that computed themselves name what computed them, by the digest of the indicator's definition: everybody's, on /kpi/INDICATOR.
COMPUTED = {("kpi_sheet_part", "content"), ("kpi_follow_up", "content")}
DEFINITION = re.compile(r'\{[^{}]*"definition":"([0-9a-f]{64})"[^{}]*"indicator":')
EMPTY = (b"47DEQpj8HBSa+", b"TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", of_bytes(hashlib.sha256().digest()))  # of nothing; as text in two halves
ISO_SINCE = b""
if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
