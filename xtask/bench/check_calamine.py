"""The check of a workbook with python-calamine: WORKBOOK ERRORS CONFLICTS. Plain Python behind the reader."""
import re
import sys
from datetime import date, datetime

from python_calamine import CalamineWorkbook

source, errors, conflicts = sys.argv[1:4]
FIN = re.compile("[A-HJ-NPR-Z0-9]{17}").fullmatch


def day(cell):
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return datetime.strptime(cell, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        return None


def judge(fin, start, end, registered):
    if not isinstance(fin, str) or not FIN(fin):
        return "fin"
    if start is None:
        return "start"
    if end is None:
        return "end"
    if start > end:
        return "order"
    if start.year != end.year:
        return "years"
    try:
        datetime.fromisoformat(registered)
    except (TypeError, ValueError):
        return "registered"
    return None


rows = iter(CalamineWorkbook.from_path(source).get_sheet_by_index(0).iter_rows())
next(rows)
faulty, periods = [], {}
for number, (fin, start, end, registered, *_) in enumerate(rows, 2):
    start, end = day(start), day(end)
    code = judge(fin, start, end, registered)
    if code:
        faulty.append(f"{number},{code}\n")
    else:
        periods.setdefault(fin, []).append((number, start, end))
pairs = []
for same in periods.values():
    for index, (row, start, end) in enumerate(same):
        for row_2, start_2, end_2 in same[index + 1 :]:
            if start <= end_2 and start_2 <= end:
                kind = "duplicate" if (start, end) == (start_2, end_2) else "overlap"
                pairs.append((row_2, row, kind))
pairs.sort()
with open(errors, "w") as out:
    out.writelines(faulty)
with open(conflicts, "w") as out:
    out.writelines(f"{row},{row_2},{kind}\n" for row_2, row, kind in pairs)
