"""What the programs here that are written in Python count with."""
import sys

passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {what} {detail}")


def end():
    """The last line is `N passed, M failed`; the exit code is 0 where none failed."""
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)
