"""Every pack of packs/ against the schema of its kind, judged by Debian's python3-jsonschema and beside it by
`musubi pack check`: both accept the pack, both refuse it without any one of its members and with one more.

packs.py MUSUBI WORK     the last line is `N passed, M failed`
"""
import copy
import json
import pathlib
import subprocess
import sys

import jsonschema

from tally import check, end

ROOT = pathlib.Path(__file__).parents[2] / "packs"


def validators():
    """kind -> validator, each schema itself held against the draft that it names."""
    out = {}
    for path in sorted((ROOT / "schemas").glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        judge = jsonschema.validators.validator_for(schema)
        try:
            judge.check_schema(schema)
            check(path.name, True)
        except jsonschema.SchemaError as error:
            check(path.name, False, error.message)
        out[path.name.removesuffix(".schema.json")] = (judge(schema), schema)
    return out


def musubi_accepts(musubi, work, pack):
    file = work / "pack.json"
    file.write_text(json.dumps(pack, ensure_ascii=False), encoding="utf-8")
    return subprocess.run([musubi, "pack", "check", file], capture_output=True, check=False).returncode == 0


def main():
    musubi, work = sys.argv[1], pathlib.Path(sys.argv[2])
    known = validators()
    met = set()
    for path in sorted(ROOT.rglob("*.json")):
        if path.parent.name == "schemas":
            continue
        name = path.relative_to(ROOT)
        pack = json.loads(path.read_text(encoding="utf-8"))
        kind = pack.get("kind", "permits" if "permits" in pack else None)
        check(f"{name}: a kind with a schema", kind in known, kind)
        if kind not in known:
            continue
        met.add(kind)
        judge, schema = known[kind]
        faults = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in judge.iter_errors(pack)]
        check(f"{name}: fits its schema", not faults, "; ".join(faults[:5]))
        checked = kind != "permits"  # those are judged when imported
        if checked:
            check(f"{name}: musubi pack check", musubi_accepts(musubi, work, pack))
        for member in [*schema["required"], None]:
            other = copy.deepcopy(pack)
            if member is None:
                other["unheard_of"] = 1
            else:
                del other[member]
            what = f"{name}: {'one member more' if member is None else 'without ' + member}"
            check(f"{what}: against the schema", not judge.is_valid(other))
            if checked:
                check(f"{what}: musubi accepts it", not musubi_accepts(musubi, work, other))
    check("every schema has a pack", met == set(known), f"{sorted(set(known) - met)}")
    end()


main()
