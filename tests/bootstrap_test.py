"""script/bootstrap --bench: no server is started by the packages that figures are compared with. Debian's programs are stand-ins."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent
REAL = ["bash", "cat", "chmod", "cut", "dirname", "env", "mktemp", "rm", "sed", "sha256sum", "sh", "tail", "tee"]
# Says of each package whether Debian would have been asked not to start it.
APT_GET = """#!/bin/sh
for word; do package=$word; done
"$DPKG_ROOT/usr/sbin/policy-rc.d" nginx start 2>/dev/null
echo "$package $?" >>"$DPKG_ROOT/installed"
[ "$package" != "$REFUSED" ]
"""


class Bootstrap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "bin").mkdir()
        (self.root / "usr/sbin").mkdir(parents=True)
        (self.root / "script").mkdir()
        shutil.copy(ROOT / "script/bootstrap", self.root / "script")  # away from package-lock.json
        self.policy = self.root / "usr/sbin/policy-rc.d"
        for name in REAL:
            (self.root / "bin" / name).symlink_to(shutil.which(name))
        self.stand_in("apt-get", APT_GET)
        self.stand_in("dpkg-query", "#!/bin/sh\nfor word; do package=$word; done\ncase $package in nginx|wrk) ;; *) printf installed ;; esac\n")
        self.stand_in("sudo", '#!/bin/sh\nexec "$@"\n')
        self.stand_in("update-rc.d", '#!/bin/sh\necho "$@" >>"$DPKG_ROOT/services"\n')

    def stand_in(self, name, text):
        (self.root / "bin" / name).write_text(text)
        (self.root / "bin" / name).chmod(0o755)

    def read(self, name):
        file = self.root / name
        return file.read_text().splitlines() if file.exists() else []

    def bench(self, refused=""):
        return subprocess.run([self.root / "script/bootstrap", "--bench"], capture_output=True, text=True, check=False,
                              env={"PATH": str(self.root / "bin"), "DPKG_ROOT": str(self.root), "REFUSED": refused, "TMPDIR": str(self.root)})

    def test_nginx_is_not_started(self):
        done = self.bench()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("nginx 101", self.read("installed"))
        self.assertEqual(self.read("services"), ["nginx disable"], "nor with the machine")
        self.assertFalse(self.policy.exists(), "other packages start what they like afterwards")

    def test_nothing_stays_behind_a_failure(self):
        self.assertEqual(self.bench("wrk").returncode, 3)
        self.assertIn("wrk 101", self.read("installed"))
        self.assertFalse(self.policy.exists())

    def test_a_policy_that_was_there_stays(self):
        self.policy.write_text("#!/bin/sh\nexit 104\n")
        self.policy.chmod(0o755)
        self.assertEqual(self.bench().returncode, 0)
        self.assertIn("nginx 104", self.read("installed"))
        self.assertEqual(self.policy.read_text(), "#!/bin/sh\nexit 104\n")


if __name__ == "__main__":
    unittest.main()
