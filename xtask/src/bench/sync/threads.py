"""Keeps articles in a table of SQLite with eight pages on their way at a time, each parsed by orjson in the thread that
fetched it, and written in order by one."""

import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson

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
    newest = since or ""

    def fetch(offset):
        answer = client.get(f"{URL}/v2.2/article", params={**query, "offset": offset}).raise_for_status()
        return orjson.loads(answer.content)

    def store(rows):
        db.executemany(upsert, [[row.get(name) for name in FIELDS] for row in rows])
        db.commit()
        return max(newest, max((row["changedAt"] for row in rows), default=newest))

    first = fetch(0)
    with ThreadPoolExecutor(8) as threads:
        rest = threads.map(fetch, range(1000, first["pagination"]["totalCount"], 1000))
        newest = store(first["articleList"])
        for page in rest:
            newest = store(page["articleList"])
    db.execute("INSERT INTO mark VALUES (?)", (newest,))
    db.commit()
