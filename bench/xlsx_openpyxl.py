"""The control of xlsx_bench: openpyxl reads a workbook and saves it. xlsx_openpyxl.py FILE ROUNDS."""
import io
import statistics
import sys
import time

import openpyxl

path, rounds = sys.argv[1], int(sys.argv[2])
reading, writing = [], []
for _ in range(rounds):
    start = time.perf_counter()
    book = openpyxl.load_workbook(path)
    cells = sum(1 for row in book.worksheets[0].iter_rows(values_only=True) for value in row if value is not None)
    reading.append(time.perf_counter() - start)
    start = time.perf_counter()
    book.save(io.BytesIO())
    writing.append(time.perf_counter() - start)
print(f"  openpyxl writes          {statistics.median(writing) * 1000:9.2f} ms\n  openpyxl reads           {statistics.median(reading) * 1000:9.2f} ms  ({cells} values)")
