"""Enters a list with aiohttp, as an integration of one's own would: the rows in memory, a few requests at once, a
line in a journal and a sync of it for every request that is answered."""

import asyncio
import csv
import json
import os
import sys

import aiohttp

URL, LIST, JOURNAL, RECORDS, AT_ONCE = sys.argv[1:4] + [int(word) for word in sys.argv[4:6]]


async def main():
    with open(LIST, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    batches = [rows[start : start + RECORDS] for start in range(0, len(rows), RECORDS)]
    journal = os.open(JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    created = 0
    work = iter(enumerate(batches))
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        form = {"username": "acme", "password": "s3cret-Pass1"}
        async with session.post(f"{URL}/token", data=form) as answer:
            token = (await answer.json())["access_token"]
        headers = {
            "Authorization": f"Bearer {token}",
            "x-security-code": "code",
            "Content-Type": "application/json",
        }
        query = {"commit_on_overlapping_dates": "false", "commit_on_partial_success": "true"}

        async def worker():
            nonlocal created
            for number, batch in work:
                async with session.post(
                    f"{URL}/bulk_create", params=query, headers=headers, data=json.dumps(batch)
                ) as answer:
                    answer.raise_for_status()
                    body = await answer.json()
                done = len(body["created"])
                created += done
                os.write(journal, f"{number},{done}\n".encode())
                os.fsync(journal)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    print(created)


asyncio.run(main())
