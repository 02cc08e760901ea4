"""Writes a list as a workbook: LIST WORKBOOK ROWS. Real dates, times as text, two more columns; the same every time."""
import csv
import sys
from datetime import date, datetime

import xlsxwriter

source, target, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
book = xlsxwriter.Workbook(target, {"default_date_format": "dd.mm.yyyy"})
book.set_properties({"created": datetime(2026, 1, 1)})
sheet = book.add_worksheet("Fuhrpark")
day = book.add_format({"num_format": "dd.mm.yyyy"})
sheet.write_row(0, 0, ["FIN", "Startdatum", "Enddatum", "Registrierungszeitpunkt", "Kundennummer", "Name"])


def put(line, column, text):
    try:
        sheet.write_datetime(line, column, datetime.combine(date.fromisoformat(text), datetime.min.time()), day)
    except ValueError:
        sheet.write_string(line, column, text)


with open(source, newline="") as list_:
    reader = csv.reader(list_)
    next(reader)
    for line, (fin, start, end, registered) in enumerate(reader, 1):
        if line > rows:
            break
        sheet.write_string(line, 0, fin)
        put(line, 1, start)
        put(line, 2, end)
        sheet.write_string(line, 3, registered)
        sheet.write_number(line, 4, 100_000 + line)
        sheet.write_string(line, 5, f"Person {line * 7919 % 100_003}")
book.close()
