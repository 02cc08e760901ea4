"""Keeps articles in a table of SQLite, as a careful script of one's own would: pages one after another, an upsert of
each, and a later run that asks for what changed since the last change it knows."""

import json
import sqlite3
import sys

import httpx

URL, FILE = sys.argv[1:3]
FIELDS = (
    "finfoArticleId supplierId supplierArticleNumber supplierArticleName1 supplierArticleName2 finfoArticleName1 brand "
    "gtin discountGroup discountGroupName basePrice pricePer retailPriceValidFrom comparisonPriceUnit basePriceUnit "
    "factorBasePrice articleClass unspscProductGroup commodityCode discontinuationCode discontinuationDate "
    "primaryPackageGtin primaryPackageUnit primaryPackageContent primaryPackageWeight primaryPackageHeight "
    "primaryPackageVolume isRegisteredInBastaAsBASTA isSubjectToReachRegulation changedAt"
).split()

db = sqlite3.connect(FILE)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = NORMAL")
columns = ", ".join("finfoArticleId INTEGER PRIMARY KEY" if name == "finfoArticleId" else name for name in FIELDS)
db.execute(f"CREATE TABLE IF NOT EXISTS article ({columns})")
db.execute("CREATE TABLE IF NOT EXISTS mark (since TEXT)")
upsert = (
    f"INSERT INTO article VALUES ({', '.join('?' * len(FIELDS))}) ON CONFLICT (finfoArticleId) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in FIELDS[1:])
)

form = {"grant_type": "password", "client_id": "finfo-api", "username": "u", "password": "p", "client_secret": "s"}
with httpx.Client(timeout=60) as client:
    answer = client.post(f"{URL}/realm/protocol/openid-connect/token", data=form).raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    (since,) = db.execute("SELECT max(since) FROM mark").fetchone()
    query = {"finfoSupplierId": "2347003", "limit": 1000, **({"changed-from-date": since} if since else {})}
    offset, total, newest = 0, 1, since or ""
    while offset < total:
        answer = client.get(f"{URL}/v2.2/article", params={**query, "offset": offset}).raise_for_status()
        page = json.loads(answer.content)
        total = page["pagination"]["totalCount"]
        rows = page["articleList"]
        db.executemany(upsert, [[row.get(name) for name in FIELDS] for row in rows])
        db.commit()
        newest = max(newest, max((row["changedAt"] for row in rows), default=newest))
        offset += len(rows)
        if not rows:
            break
    db.execute("INSERT INTO mark VALUES (?)", (newest,))
    db.commit()
