"""tools/messages.py refuses what would leave a reader without a sentence."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).parent.parent / "tools" / "messages.py"


def run(ja, en, template=""):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "ja.json").write_text(json.dumps(ja), encoding="utf-8")
        (root / "en.json").write_text(json.dumps(en), encoding="utf-8")
        (root / "x.html").write_text(template, encoding="utf-8")
        done = subprocess.run([sys.executable, TOOL, "--out", root / "out", "--templates", root / "x.html", "--locales",
                               root / "ja.json", root / "en.json"], capture_output=True, text=True)
        return done.returncode, done.stderr


class Messages(unittest.TestCase):
    def test_accepts(self):
        same = {"a": "x", "count": "{n:number} {n:plural(row|rows)} of {name:text}"}
        self.assertEqual(run(same, same, "{{t.a}}"), (0, ""))

    def test_refuses(self):
        cases = [({"a": "x"}, {}, "", "missing in en"), ({}, {"a": "x"}, "", "missing in ja"),
                 ({"a": "{n:number}"}, {"a": "x"}, "", "takes no argument"),
                 ({"a": "{n:number}"}, {"a": "{n:text}"}, "", "takes"),
                 ({"a": "{n}"}, {"a": "{n}"}, "", "brace"), ({"a": " "}, {"a": "x"}, "", "no text"),
                 ({"A-b": "x"}, {"A-b": "x"}, "", "usable key"), ({"a": "x"}, {"a": "x"}, "{{t.b}}", "no message b"),
                 ({"a": "{n:number}"}, {"a": "{n:number}"}, "{{ t.a }}", "takes arguments")]
        for ja, en, template, words in cases:
            with self.subTest(words):
                code, said = run(ja, en, template)
                self.assertEqual(code, 1)
                self.assertIn(words, said)


if __name__ == "__main__":
    unittest.main()
