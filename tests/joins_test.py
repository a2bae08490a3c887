"""journeys/joins.py finds a card that stands in rows of two towns, however it is written, and nothing where there is nothing."""
import base64
import contextlib
import hashlib
import io
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "journeys"))
import joins  # noqa: E402


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def card(serial="70CA704FE012CED06792735B155D1794"):
    """DER and key of a certificate, by OpenSSL, and its serial number."""
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *words, **more: subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder, **more).stdout
        der = run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-set_serial", "0x" + serial, "-keyout", "key.pem", "-subj", "/CN=x", "-outform", "DER")
        key = run("pkey", "-pubin", "-outform", "DER", input=run("x509", "-inform", "DER", "-noout", "-pubkey", input=der))
    return der, key, serial


def signed_by(der, payload):
    header = json.dumps({"alg": "ES256", "x5c": [base64.b64encode(der).decode()]}).encode()
    return ".".join(base64url(part) for part in (header, payload, hashlib.sha512(payload).digest()))


class Joins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.der, cls.key, cls.serial = card()

    def found(self, at_aoba, at_minato, table="note", column="body"):
        with tempfile.TemporaryDirectory() as root:
            for organisation, folder in joins.ORGANISATIONS.items():
                path = pathlib.Path(root, folder)
                path.mkdir(parents=True)
                database = sqlite3.connect(path / "musubi.db")
                database.execute(f"CREATE TABLE {table} ({column})")
                for value in {"aoba": [at_aoba], "minato": [at_minato]}.get(organisation, []):
                    database.execute(f"INSERT INTO {table} VALUES (?)", (value,))
                database.commit()
                database.close()
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                code = joins.main(root, 0)
            self.assertEqual(code != 0, bool(json.loads(said.getvalue())["joins"]))
            return code != 0

    def test_the_definition_of_a_computed_figure_is_everybodys_and_nothing_beside_it(self):
        digest, other = hashlib.sha256(b"definition").hexdigest(), hashlib.sha256(b"other").hexdigest()
        origin = '{"at":"2026-11-01T00:00:00Z","definition":"%s","indicator":"online-use-rate","n":5}'
        at = {"table": "kpi_sheet_part", "column": "content"}
        self.assertFalse(self.found(origin % digest, origin % digest, **at))
        self.assertTrue(self.found(origin % digest, origin % digest), "in any other column")
        for text in ('{"definition":"%s"}', '{"note":"%s","indicator":"x"}'):
            self.assertTrue(self.found(text % other, text % other, **at))

    def test_a_moment_is_chance_and_two_are_not(self):
        first = 1_700_000_000_123_456
        iso = "2023-11-14T22:13:20.123456Z"
        self.assertFalse(self.found(first, first), "two clocks")
        self.assertFalse(self.found(first, json.dumps({"at": iso})), "the same moment, written otherwise")
        self.assertFalse(self.found(json.dumps([first, iso]), json.dumps([iso])))
        both = json.dumps({"at": iso, "then": "2023-11-14T22:13:21.654321Z"})
        self.assertTrue(self.found(both, both), "an act and another")

    def test_a_moment_that_many_share_is_no_chance(self):
        one, other = b"time 1700000000123456", b"time 1700000001654321"
        def left(**where):
            named = {b"one": one, b"other": other}
            return set(joins.without_chance({named[key.encode()]: {org: {"t.c"} for org in orgs} for key, orgs in where.items()}))
        self.assertEqual(left(one=["aoba", "minato"]), set())
        self.assertEqual(left(one=["aoba", "minato"], other=["aoba", "portal"]), set(), "each pair once")
        self.assertEqual(left(one=["aoba", "minato", "portal"]), {one}, "a filing to two of them")
        self.assertEqual(left(one=["aoba", "minato", "portal"], other=["aoba", "portal"]), {one, other}, "and its amendment to one")

    def test_a_card_is_found_however_it_is_written(self):
        one = signed_by(self.der, b'{"a":"for the one"}')
        pem = "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(self.der).decode() + "-----END CERTIFICATE-----\n"
        digest, point = hashlib.sha256(self.der).digest(), self.key[-65:]
        forms = {"signature": signed_by(self.der, b'{"b":"for the other"}'), "within JSON": json.dumps({"s": signed_by(self.der, b"{}")}),
                 "raw": self.der, "base64": base64.b64encode(self.der).decode(), "PEM": pem, "PEM within JSON": json.dumps(pem),
                 "digest": digest, "digest in capitals": digest.hex().upper(), "digest in base64": base64.b64encode(digest).decode(), "x5t#S256": base64url(digest),
                 "serial": self.serial, "serial in bytes": bytes.fromhex(self.serial), "serial in base64url": base64url(bytes.fromhex(self.serial)),
                 "key": self.key, "key in base64": json.dumps({"key": base64.b64encode(self.key).decode()}), "JWK": json.dumps({"x": base64url(point[1:33])})}
        for name, form in forms.items():
            with self.subTest(name):
                self.assertTrue(self.found(one, form))
                self.assertFalse(self.found(one, form, "evidence_body"), "bodies are exempt")

    def test_two_cards_are_not_one(self):
        other, key, serial = card("31CA704FE012CED06792735B155D1794")
        for form in (signed_by(other, b"{}"), other, base64.b64encode(other).decode(), key, serial, hashlib.sha256(other).hexdigest()):
            self.assertFalse(self.found(signed_by(self.der, b'{"a":1}'), form))

    def test_a_digest_is_one_value_in_all_its_spellings(self):
        digest = hashlib.sha256(b"a nonce").digest()
        spellings = [digest, digest.hex(), base64.b64encode(digest).decode(), base64url(digest)]
        for one in spellings:
            for other in spellings:
                self.assertTrue(self.found(one, json.dumps([other]) if isinstance(other, str) else other))


if __name__ == "__main__":
    unittest.main()
