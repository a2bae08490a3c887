"""The privacy notice names every cookie that src sets, and its ends."""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parent.parent


class Notices(unittest.TestCase):
    def test_every_cookie_is_named(self):
        source = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.cc")) if not path.name.endswith("_test.cc"))
        found = {"_ORG" + (name or "") for name in re.findall(r'return "musubi_" \+ [\w.]+(?: \+ "(_\w+)")?;', source)}
        self.assertGreaterEqual(found, {"_ORG", "_ORG_card"})
        cookies = {"musubi" + name for name in found} | ({"lang"} if '"lang="' in source else set())
        for language, org in (("en", "ORG"), ("ja", "組織")):
            texts = json.loads((ROOT / f"web/locales/app.{language}.json").read_text(encoding="utf-8"))
            told = {re.split("[:：]", text)[0] for key, text in texts.items() if key.startswith("app_privacy_cookie_")}
            self.assertEqual(told, {name.replace("ORG", org) for name in cookies})

    def test_journeys_that_the_accessibility_notice_names_are_there(self):
        for language in ("en", "ja"):
            text = (ROOT / f"web/locales/app.{language}.json").read_text(encoding="utf-8")
            names = re.findall(r"journeys/\w+\.mjs", text)
            self.assertEqual(sorted(set(names)), ["journeys/card_sign_in.mjs", "journeys/hanako.mjs", "journeys/office.mjs", "journeys/pages.mjs", "journeys/previews.mjs"])
            for name in names:
                self.assertTrue((ROOT / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
