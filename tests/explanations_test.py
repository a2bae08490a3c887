"""Every error of src is explained at /problems/NAME, and every explanation is of an error that exists."""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parent.parent
TABLE = ROOT / "web/explanations.json"
NAME = re.compile(r'"([a-z][a-z0-9_]*\.[a-z0-9_.]+)"')
# A function that makes errors and is told their name; it may also be a lambda.
MAKER = re.compile(r"\bError (\w+)\(([^()]*)\)")
LAMBDA = re.compile(r"\bauto (\w+) = \[[^\]]*\]\(([^()]*)\)(?=[^;]{0,300}\bError\b)")


def sources():
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix in (".cc", ".h") and "test" not in path.name:
            yield path, path.read_text(encoding="utf-8")


def errors(files):
    """Name -> where it is made: after Code::kX, or as the argument of a function that takes the name of an error."""
    makers = {found[1] for _, text in files for pattern in (MAKER, LAMBDA) for found in pattern.finditer(text)
              if re.search(r"\bname\b", found[2])}
    call = re.compile(r"(?<!::)\b(?:" + "|".join(sorted(makers)) + r")\(([^{}();]*)")
    out = {}
    for path, text in files:
        for pattern in (re.compile(r"\bCode::k\w+\s*,([^,{}]*)"), call):
            for found in pattern.finditer(text):
                for name in NAME.findall(found[1]):
                    line = text.count("\n", 0, found.start()) + 1
                    out.setdefault(name, f"{path.relative_to(ROOT)}:{line}")
    return out


def explanations():
    pairs = json.loads(TABLE.read_text(encoding="utf-8"), object_pairs_hook=lambda items: items)
    return [(name, dict(texts)["ja"], dict(texts)["en"]) for name, texts in pairs]


def covers(key, name):
    return key == name or (key.endswith((".", "_")) and name.startswith(key))


class Explanations(unittest.TestCase):
    def setUp(self):
        self.errors = errors(list(sources()))
        self.table = explanations()

    def test_every_error_is_explained(self):
        left = [f"{where}: {name} has no line in {TABLE.relative_to(ROOT)}" for name, where in sorted(self.errors.items())
                if not any(covers(key, name) for key, _, _ in self.table)]
        self.assertEqual(left, [])

    def test_every_explanation_is_of_an_error(self):
        # The name of the group is written in code where the rest of the name is computed.
        text = "".join(text for _, text in sources())
        stale = [key for key, _, _ in self.table
                 if not any(covers(key, name) for name in self.errors) and f'"{key}"' not in text]
        self.assertEqual(stale, [])

    def test_the_collection_finds_names_wherever_they_are_made(self):
        self.assertGreater(len(self.errors), 350)
        for name in ("records.unknown_case", "db.full", "json.duplicate_key", "number.dash", "filing.version", "tls.timeout",
                     "xlsx.password", "http.port_taken", "cli.words", "receipt.unknown_key"):
            self.assertIn(name, self.errors)

    def test_lines_are_sorted_sentences_in_both_languages(self):
        names = [key for key, _, _ in self.table]
        self.assertEqual(names, sorted(set(names)))
        for key, ja, en in self.table:
            with self.subTest(key):
                self.assertRegex(ja, r"[\u3040-\u30ff].*[。）]$")
                self.assertRegex(en, r"^[A-Z\"].*[.)]$")


if __name__ == "__main__":
    unittest.main()
