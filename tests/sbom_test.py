"""script/sbom: well-formed SPDX 2.3, every part in it, and every library that the binary links."""
import json
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).parent.parent
RELATIONS = {"DESCRIBES", "RUNTIME_DEPENDENCY_OF", "BUILD_DEPENDENCY_OF", "TEST_DEPENDENCY_OF", "DEV_DEPENDENCY_OF"}


def run():
    return subprocess.run([ROOT / "script/sbom"], capture_output=True, text=True, check=True).stdout


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = run()
        cls.document = json.loads(cls.text)
        cls.packages = {one["SPDXID"]: one for one in cls.document["packages"]}

    def names(self, kind):
        return {one["name"] for key, one in self.packages.items() if key.startswith(f"SPDXRef-{kind}-")}

    def test_has_the_form(self):  # SPDX 2.3, clauses 6, 7, 11
        document = self.document
        self.assertEqual((document["spdxVersion"], document["dataLicense"], document["SPDXID"]), ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertRegex(document["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertTrue(all(re.match(r"(Tool|Organization|Person): .", one) for one in document["creationInfo"]["creators"]))
        self.assertRegex(document["documentNamespace"], r"^https://[^#]+$")
        self.assertEqual(len(self.packages), len(document["packages"]))
        for key, one in self.packages.items():
            self.assertRegex(key, r"^SPDXRef-[A-Za-z0-9.-]+$")
            self.assertTrue(one["name"] and one["downloadLocation"])
            for digest in one.get("checksums", []):
                self.assertRegex(digest["checksumValue"], r"^[0-9a-f]{128}$")
        known = set(self.packages) | {"SPDXRef-DOCUMENT"}
        for one in document["relationships"]:
            self.assertIn(one["spdxElementId"], known)
            self.assertIn(one["relatedSpdxElement"], known)
            self.assertIn(one["relationshipType"], RELATIONS)
        self.assertEqual(len(document["relationships"]), len(self.packages))

    def test_names_every_part(self):
        lists = re.findall(r"^\w+_packages='\n(.*?)^'", (ROOT / "script/bootstrap").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        self.assertEqual(self.names("deb"), {line.split()[0] for block in lists for line in block.splitlines()})
        lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
        self.assertEqual(self.names("npm"), {path.rpartition("node_modules/")[2] for path in lock["packages"] if path})

    def test_what_is_installed_has_its_version(self):
        for key in ("SPDXRef-deb-libssl3", "SPDXRef-deb-libsqlite3-0"):
            name = self.packages[key]["name"]
            version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False).stdout
            self.assertEqual(self.packages[key].get("versionInfo", ""), version)

    def test_what_the_binary_links_is_in_it(self):
        # Those that people run; the development build links a little more, since nothing is optimised away.
        binary = next((path for path in (ROOT / "build" / preset / "musubi" for preset in ("serve", "release")) if path.is_file()), None)
        if not binary:
            self.skipTest("nothing is built")
        needed = re.findall(r"NEEDED +(\S+)", subprocess.run(["objdump", "-p", binary], capture_output=True, text=True, check=True).stdout)
        self.assertTrue(needed)
        # Parts of the compiler itself, which g++ brings along.
        own = ("libc.so", "libm.so", "libstdc++.so", "libgcc_s.so", "libasan.so", "libubsan.so", "ld-linux")
        for library in needed:
            if library.startswith(own):
                continue
            owner = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True, check=False).stdout
            owners = {line.split(":")[0] for line in owner.splitlines()}
            self.assertTrue(owners & self.names("deb"), f"{library} of {owners}")

    def test_the_same_tree_gives_the_same_bytes(self):
        self.assertEqual(self.text, run())


if __name__ == "__main__":
    unittest.main()
