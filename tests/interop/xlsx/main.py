"""openpyxl, LibreOffice and Gnumeric judge workbooks: main.py XLSX_DUMP DIR [SEED].

Each opens what write_xlsx wrote and saves it again; read_xlsx must find in theirs what was in ours. openpyxl also reads ours cell by cell
and writes files of its own. Last line: `N passed, M failed`.
"""
import datetime
import json
import os
import random
import re
import shutil
import subprocess
import sys

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

dump, folder = sys.argv[1:3]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**31)
passed = failed = 0


def judge(what, differences):
    global passed, failed
    passed, failed = passed + (not differences), failed + bool(differences)
    for each in differences[:5]:
        print(f"wrong (seed {seed}): {what}: {each}")


def read(paths):
    out = subprocess.run([dump, "read", *paths], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def same(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a - b) <= 1e-14 * max(abs(a), abs(b))
    return a == b


def without_rows_above(sheet, cells):
    """Gnumeric writes most rows above the first cell not at all, and so does not say which of them are hidden."""
    first = min((int(re.sub("[A-Z]", "", at)) for at in cells), default=0)
    return {**sheet, "rows": [row for row in sheet["rows"] if row >= first]}


def differ(wanted, found, formulas=True, keys=("name", "hidden", "merged", "rows", "columns"), rows_above=True):
    if isinstance(found, dict) and "error" in found:
        return [found["error"]]
    found = found["sheets"] if isinstance(found, dict) else found
    out = [f"sheets {[s['name'] for s in found]}"] if len(wanted) != len(found) else []
    for a, b in zip(wanted, found):
        if not rows_above:
            a, b = without_rows_above(a, a["cells"]), without_rows_above(b, a["cells"])
        out += [f"{a['name']}: {key} {a[key]} != {b[key]}" for key in keys if a[key] != b[key]]
        for at in sorted({*a["cells"], *b["cells"]}):
            one, two = dict(a["cells"].get(at, {})), dict(b["cells"].get(at, {}))
            f, g = one.pop("f", None), two.pop("f", None)
            if (f is None) != (g is None) or (formulas and f is not None and f.replace(" ", "") != g.replace(" ", "")):
                out.append(f"{a['name']}!{at}: formula {f} != {g}")
            if not formulas and f is not None:
                continue
            if one.keys() != two.keys() or not all(same(one[k], two[k]) for k in one):
                out.append(f"{a['name']}!{at}: {one} != {two}")
    return out


def of_openpyxl(path):
    """The same description, as openpyxl sees the file."""
    values, formulas = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    sheets = []
    for sheet in values.worksheets:
        cells = {}
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None:
                    continue
                value = cell.value
                one = ({"b": value} if isinstance(value, bool) else {"n": value} if isinstance(value, (int, float)) else
                       {"d": (value + datetime.timedelta(microseconds=500000)).replace(microsecond=0).isoformat()} if isinstance(value, datetime.datetime) else
                       {"e": value} if cell.data_type == "e" else {"t": value})
                other = formulas[sheet.title][cell.coordinate]
                if other.data_type == "f":
                    one["f"] = other.value[1:]
                cells[cell.coordinate] = one
        columns = sorted(n for d in sheet.column_dimensions.values() if d.hidden for n in range(d.min, d.max + 1))
        sheets.append({"name": sheet.title, "hidden": sheet.sheet_state != "visible", "merged": sorted(map(str, sheet.merged_cells.ranges)),
                       "rows": sorted(n for n, d in sheet.row_dimensions.items() if d.hidden), "columns": columns, "cells": cells})
    return sheets


def looks(path):
    """What WorkbookMaker and dump.cc give every first sheet, as openpyxl sees it: page, comments, choices, protection, names."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rules = sheet.data_validations.dataValidation
    seen = {"comment": sheet["B2"].comment.text if sheet["B2"].comment else None, "choices": [(str(r.sqref), r.type, r.formula1) for r in rules],
            "freeze": sheet.freeze_panes, "paper": str(sheet.page_setup.paperSize), "fit": (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight),
            "area": sheet.print_area, "titles": sheet.print_title_rows, "footer": sheet.oddFooter.center.text, "names": sorted(n.name for n in book.defined_names.definedName)}
    wanted = {"comment": "メモ", "choices": [("AO6:AO10", "list", '"イ,ロ,ハ"')], "freeze": "B2", "paper": "9", "fit": (True, 0),
              "area": ["$A$1:$AE$81"], "titles": "$1:$1", "footer": "&P/&N", "names": ["rows"]}
    return [f"{key}: {seen[key]!r} != {wanted[key]!r}" for key in wanted if seen[key] != wanted[key]]


def own(path, mac):
    """A workbook that only openpyxl has touched, and its description."""
    book = openpyxl.Workbook()
    if mac:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.title = "様式 1"
    sheet["A1"], sheet["B1"], sheet["C1"], sheet["D1"] = "指標", 0.805, True, datetime.datetime(2019, 6, 14, 12, 34, 56)
    sheet["B1"].number_format = "0.0%"
    sheet["A2"], sheet["B2"], sheet["C2"] = "=B1*2", datetime.date(2018, 4, 1), "#N/A"
    sheet["C2"].data_type = "e"
    sheet["A3"] = -1234567.25
    sheet.merge_cells("A5:C6")
    sheet.row_dimensions[9].hidden = True
    sheet.column_dimensions["H"].hidden = True
    other = book.create_sheet("前の", 0)
    other["Z99"] = "<&>\n"
    other.sheet_state = "hidden"
    book.active = 1
    book.save(path)
    return [{"name": "前の", "hidden": True, "merged": [], "rows": [], "columns": [], "cells": {"Z99": {"t": "<&>\n"}}},
            {"name": "様式 1", "hidden": False, "merged": ["A5:C6"], "rows": [9], "columns": [8],
             "cells": {"A1": {"t": "指標"}, "B1": {"n": 0.805}, "C1": {"b": True}, "D1": {"d": "2019-06-14T12:34:56"}, "A2": {"f": "B1*2"},
                       "B2": {"d": "2018-04-01T00:00:00"}, "C2": {"e": "#N/A"}, "A3": {"n": -1234567.25}}}]


def resaved(name, command, wanted, sources, target, **how):
    """COMMAND saves every source again into the folder `target`. Defined names and custom properties must come back too."""
    os.makedirs(target)
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    for source, sheets in zip(sources, wanted):
        path = os.path.join(target, os.path.basename(source))
        if not os.path.exists(path):
            judge(f"{name} {os.path.basename(source)}", [f"not saved: {run.stderr[-300:]}"])
            continue
        ours, theirs = read([source, path])
        lost = [f"{what} {ours[what]} != {theirs.get(what)}" for what in ("names", "properties") if ours[what] != theirs.get(what)]
        judge(f"{name} {os.path.basename(source)}", differ(sheets, theirs, **how) + lost)


def main():
    subprocess.run([dump, "make", folder, str(seed)], check=True)
    sources = sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.endswith(".xlsx"))
    wanted = []
    for source in sources:
        with open(source.replace(".xlsx", ".json"), encoding="utf-8") as file:
            wanted.append(json.load(file))
    for source, sheets in zip(sources, wanted):
        judge(f"openpyxl reads {os.path.basename(source)}", differ(sheets, of_openpyxl(source)))
        judge(f"openpyxl sees the page of {os.path.basename(source)}", looks(source))
        again = os.path.join(folder, "again-" + os.path.basename(source))
        openpyxl.load_workbook(source).save(again)
        meant = json.loads(json.dumps(sheets).replace("_x0041_", "A"))  # openpyxl does not escape what looks like an escape
        judge(f"openpyxl saves {os.path.basename(source)}", differ(meant, read([again])[0], formulas=False))
    for mac in (False, True):
        path = os.path.join(folder, f"own-{mac}.xlsx")
        judge(f"openpyxl's own, 1904 {mac}", differ(own(path, mac), read([path])[0]))
    if shutil.which("soffice"):
        target = os.path.join(folder, "libreoffice")
        resaved("LibreOffice", ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
                                "--outdir", target, *sources], wanted, sources, target)
        for kind in ("xls", "ods"):
            target = os.path.join(folder, kind)
            subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind, "--outdir", target, sources[0]],
                           capture_output=True, timeout=300, check=False)
            found = read([os.path.join(target, os.path.basename(sources[0]).replace("xlsx", kind))])[0]
            judge(f"LibreOffice {kind}", [] if found.get("error") == {"xls": "xlsx.old_format", "ods": "xlsx.open_document"}[kind] else [found])
    else:
        judge("LibreOffice", ["needs libreoffice-calc-nogui (script/bootstrap --test)"])
    if shutil.which("ssconvert"):
        target = os.path.join(folder, "gnumeric")
        script = 'for f in "$@"; do ssconvert -T Gnumeric_Excel:xlsx2 "$f" "$0/$(basename "$f")" || exit 1; done'
        resaved("Gnumeric", ["sh", "-c", script, target, *sources], wanted, sources, target,
                keys=("name", "merged", "rows", "columns"), rows_above=False)  # it saves every sheet as visible
    else:
        judge("Gnumeric", ["needs gnumeric (script/bootstrap --test)"])
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    main()
