"""The check of a list in DuckDB: LIST ERRORS CONFLICTS. Every column read as text."""
import sys

import duckdb

source, errors, conflicts = sys.argv[1:4]
db = duckdb.connect()
db.execute("SET preserve_insertion_order = true")
db.execute(
    """
    CREATE TEMP TABLE judged AS
    WITH rows AS (
        SELECT row_number() OVER () + 1 AS row, fin,
               try_strptime("start", '%Y-%m-%d')::DATE AS s,
               try_strptime("end", '%Y-%m-%d')::DATE AS e,
               try_strptime(registration_ts, '%Y-%m-%dT%H:%M:%SZ') AS r
        FROM read_csv($1, header = true, delim = ',', quote = '"', auto_detect = false,
             columns = {'fin': 'VARCHAR', 'start': 'VARCHAR', 'end': 'VARCHAR', 'registration_ts': 'VARCHAR'})
    )
    SELECT row, fin, s, e,
           CASE WHEN NOT coalesce(regexp_full_match(fin, '[A-HJ-NPR-Z0-9]{17}'), false) THEN 'fin'
                WHEN s IS NULL THEN 'start'
                WHEN e IS NULL THEN 'end'
                WHEN s > e THEN 'order'
                WHEN year(s) <> year(e) THEN 'years'
                WHEN r IS NULL THEN 'registered' END AS code
    FROM rows
    """,
    [source],
)
db.execute(
    f"COPY (SELECT row, code FROM judged WHERE code IS NOT NULL ORDER BY row) TO '{errors}' (HEADER false)"
)
db.execute(
    f"""
    COPY (
        WITH sound AS (SELECT row, fin, s, e FROM judged WHERE code IS NULL)
        SELECT one.row, two.row AS row_2,
               CASE WHEN one.s = two.s AND one.e = two.e THEN 'duplicate' ELSE 'overlap' END
        FROM sound one JOIN sound two USING (fin)
        WHERE one.row < two.row AND one.s <= two.e AND two.s <= one.e
        ORDER BY row_2, one.row
    ) TO '{conflicts}' (HEADER false)
    """
)
