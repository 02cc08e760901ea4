"""The check of a list in polars: LIST ERRORS CONFLICTS. Streaming engine, every column read as text."""
import sys

import polars as pl

source, errors, conflicts = sys.argv[1:4]

FIN = pl.col("fin")
START = pl.col("start").str.to_date("%Y-%m-%d", strict=False)
END = pl.col("end").str.to_date("%Y-%m-%d", strict=False)
REGISTERED = pl.col("registration_ts").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False)

rows = (
    pl.scan_csv(source, infer_schema=False, row_index_name="row", row_index_offset=2)
    .with_columns(s=START, e=END, r=REGISTERED)
    .with_columns(
        code=pl.when(~FIN.str.contains("^[A-HJ-NPR-Z0-9]{17}$").fill_null(False))
        .then(pl.lit("fin"))
        .when(pl.col("s").is_null())
        .then(pl.lit("start"))
        .when(pl.col("e").is_null())
        .then(pl.lit("end"))
        .when(pl.col("s") > pl.col("e"))
        .then(pl.lit("order"))
        .when(pl.col("s").dt.year() != pl.col("e").dt.year())
        .then(pl.lit("years"))
        .when(pl.col("r").is_null())
        .then(pl.lit("registered"))
    )
)
judged = rows.select("row", "fin", "s", "e", "code").collect(engine="streaming")
faulty = judged.lazy().filter(pl.col("code").is_not_null()).select("row", "code")
sound = judged.lazy().filter(pl.col("code").is_null()).select("row", "fin", "s", "e")
among = sound.filter(pl.col("fin").is_duplicated())
pairs = (
    among.join(among, on="fin", suffix="_2")
    .filter(
        (pl.col("row") < pl.col("row_2"))
        & (pl.col("s") <= pl.col("e_2"))
        & (pl.col("s_2") <= pl.col("e"))
    )
    .select(
        "row",
        "row_2",
        kind=pl.when((pl.col("s") == pl.col("s_2")) & (pl.col("e") == pl.col("e_2")))
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("overlap")),
    )
)
faulty, pairs = pl.collect_all([faulty, pairs], engine="streaming")
faulty.sort("row").write_csv(errors, include_header=False)
pairs.sort("row_2", "row").write_csv(conflicts, include_header=False)
