"""Sheets as people edit them: main.py SHEET_DUMP DIR [SEED].

LibreOffice saves our forms again: nothing differs. openpyxl edits 100 cells of each: exactly those 100 differ, and the sheet takes them in;
LibreOffice saves that again: still those 100. The tables in the layout of the administrative review are added up here.
Last line: `N passed, M failed`.
"""
import csv
import json
import os
import random
import shutil
import subprocess
import sys

import openpyxl

dump, folder = sys.argv[1:3]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**31)
chance = random.Random(seed)
passed = failed = 0
COMMON = ["シート種別", "事業年度", "予算事業ID", "事業名", "府省庁の建制順", "政策所管府省庁", "府省庁", "局・庁", "部", "課", "室", "班", "係"]


def judge(what, differences):
    global passed, failed
    passed, failed = passed + (not differences), failed + bool(differences)
    for each in differences[:5]:
        print(f"wrong (seed {seed}): {what}: {each}")


def read(path):
    out = subprocess.run([dump, "read", path], capture_output=True, text=True, check=True).stdout
    return json.loads(out)


def untouched(what, found):
    judge(what, [found] if "error" in found else found["cells"] + ([] if found["edition"] == found["was"] else ["another edition"]))


def resave(path, target):
    """LibreOffice opens and saves the file."""
    os.makedirs(target, exist_ok=True)
    program = shutil.which("soffice") or shutil.which("libreoffice")
    subprocess.run([program, "--headless", f"-env:UserInstallation=file://{folder}/office", "--convert-to", "xlsx", "--outdir", target, path],
                   capture_output=True, timeout=300, check=False)
    return os.path.join(target, os.path.basename(path))


def keys(sheet):
    """Cells that may be changed, by what their keys say: figures and texts."""
    columns, cells = {}, []
    for row in sheet.iter_rows():
        key = row[0].value
        if not isinstance(key, str) or key == "-" or key.startswith("@form/"):
            continue
        if key.startswith("@"):
            columns[key[1:]] = {cell.column: cell.value for cell in row[1:] if cell.value}
            continue
        table = key.split("/")[0]
        for column, name in columns.get(table, {}).items():
            cell = sheet.cell(row[0].row, column)
            if type(cell).__name__ == "MergedCell":
                continue
            cells.append((table, key, name, cell))
    return cells


def edit(path, target, count):
    """Changes `count` cells as an analyst would: figures, amounts, words. Returns their addresses and what they shall hold."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    figures = [c for t, k, n, c in keys(sheet) if t == "b" and c.value is not None or t == "p" and n.startswith("a") and n[1:2].isdigit() and c.value is not None
               or t == "i" and n.startswith("y") and isinstance(c.value, (int, float))]
    words = [c for t, k, n, c in keys(sheet) if n in ("title", "locator", "reason", "doubt") and isinstance(c.value, str)]
    chosen = chance.sample(figures, min(len(figures), count * 2 // 3))
    chosen += chance.sample(words, count - len(chosen))
    wanted = {}
    for cell in chosen:
        if isinstance(cell.value, (int, float)):
            cell.value = int(cell.value) + chance.randint(1, 500)
            if chance.random() < 0.2:  # as people type them
                cell.value = f"{cell.value:,}".translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
        else:
            cell.value = f"{cell.value}（{chance.randint(1, 999)}回目の見直し）"
        wanted[f"{sheet.title}!{cell.coordinate}"] = cell.value
    book.save(target)
    return wanted


def addresses(found):
    return {each["cell"].replace("'", "") for each in found.get("cells", [])}


def review(name):
    """The review's layout: bytes, columns, and sums that agree with the pack."""
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
        pack = json.load(file)
    for table, width in (("1-2", 32), ("1-3", 28), ("2-1", 44), ("3-1", 82), ("3-2", 23), ("4-1", 37)):
        path = os.path.join(folder, f"{name}-{table}.csv")
        with open(path, "rb") as file:
            raw = file.read()
        wrong = [] if raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\n") == raw.count(b"\r\n") else ["no mark, or lines that end otherwise"]
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        wrong += [f"{len(row)} columns" for row in rows if len(row) != width]
        wrong += [] if rows[0][:13] == COMMON else [rows[0][:13]]
        data = [dict(zip(rows[0], row)) for row in rows[1:]]
        ids, seen = {f"{name}/{one['number']}" for one in pack["programmes"]}, {row["予算事業ID"] for row in data}
        wrong += [] if seen <= ids and (table in ("3-1", "3-2") or seen == ids) else [sorted(seen ^ ids)]
        if table == "1-2" and len({(row["予算事業ID"], row["事業年度"]) for row in data}) != len(data):
            wrong.append("the key is not one")
        if table == "2-1":
            unit = {"千円": 1000, "百万円": 1000000}[pack["money"]["unit"]["ja"]]
            for kind, column in (("total", "計（歳出予算現額合計）"), ("executed", "執行額（合計）")):
                meant = sum(a["amount"] for p in pack["programmes"] for a in p["amounts"] if a["kind"] == kind) * unit
                if sum(int(row[column] or 0) for row in data) != meant:
                    wrong.append(f"{kind} is not {meant}")
        judge(f"{name} table {table}", wrong)


def main():
    subprocess.run([dump, "make", folder], check=True)
    for source in sorted(n for n in os.listdir(folder) if n.endswith(".xlsx")):
        path, name = os.path.join(folder, source), source[:-5]
        untouched(f"{source} as it is", read(path))
        untouched(f"{source} saved by LibreOffice", read(resave(path, os.path.join(folder, "again"))))
        again = os.path.join(folder, "openpyxl-" + source)
        openpyxl.load_workbook(path).save(again)
        untouched(f"{source} saved by openpyxl", read(again))
        os.remove(again)
        count = 20 if name.endswith("24-15") else 100
        edited = os.path.join(folder, "edited", source)
        os.makedirs(os.path.dirname(edited), exist_ok=True)
        wanted = edit(path, edited, count)
        for what, file in (("edited", edited), ("edited, saved by LibreOffice", resave(edited, os.path.join(folder, "edited-again")))):
            found = read(file)
            judge(f"{source} {what}: {count} cells", [found] if "error" in found else sorted(addresses(found) ^ set(wanted)) + ([] if len(found["cells"]) == count else [len(found["cells"])]))
        review(name)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
