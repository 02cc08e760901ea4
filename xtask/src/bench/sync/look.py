"""Prints what a database holds: how many articles, the sum of their numbers, and a sum over numbers and prices."""

import sqlite3
import sys
from decimal import Decimal

KIND, FILE = sys.argv[1:3]
if KIND == "duckdb":
    import duckdb

    rows = duckdb.connect(FILE, read_only=True).execute("SELECT finfo_article_id, base_price FROM main.article").fetchall()
else:
    table = {
        "finkit": "SELECT id, base_price FROM article",
        "script": "SELECT finfoArticleId, basePrice FROM article",
        "sqlite": "SELECT finfo_article_id, base_price FROM article",
    }[KIND]
    rows = sqlite3.connect(f"file:{FILE}?mode=ro", uri=True).execute(table)
count = numbers = prices = 0
for number, price in rows:
    number = int(number)
    count += 1
    numbers += number
    # Floats are put right here, where prices have two digits; that only the others need it is their affair.
    prices += number % 1009 * int(round(Decimal(str(price)) * 100))
print(count, numbers, prices)
