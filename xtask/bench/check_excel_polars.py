"""The check of a workbook in polars: WORKBOOK ERRORS CONFLICTS."""
import sys

import polars as pl

source, errors, conflicts = sys.argv[1:4]

# Columns with a few texts among the dates come as text.
rows = (
    pl.read_excel(source, engine="calamine", columns=[0, 1, 2, 3], infer_schema_length=0)
    .lazy()
    .rename({"FIN": "fin", "Startdatum": "start", "Enddatum": "end", "Registrierungszeitpunkt": "registered"})
    .with_row_index("row", 2)
    .with_columns(
        s=pl.col("start").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        e=pl.col("end").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        r=pl.col("registered").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False),
    )
    .with_columns(
        code=pl.when(~pl.col("fin").str.contains("^[A-HJ-NPR-Z0-9]{17}$").fill_null(False))
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
    .collect()
)
rows.filter(pl.col("code").is_not_null()).select("row", "code").write_csv(errors, include_header=False)
among = rows.filter(pl.col("code").is_null()).filter(pl.col("fin").is_duplicated()).select("row", "fin", "s", "e")
(
    among.lazy()
    .join(among.lazy(), on="fin", suffix="_2")
    .filter(
        (pl.col("row") < pl.col("row_2")) & (pl.col("s") <= pl.col("e_2")) & (pl.col("s_2") <= pl.col("e"))
    )
    .select(
        "row",
        "row_2",
        kind=pl.when((pl.col("s") == pl.col("s_2")) & (pl.col("e") == pl.col("e_2")))
        .then(pl.lit("duplicate"))
        .otherwise(pl.lit("overlap")),
    )
    .sort("row_2", "row")
    .collect()
    .write_csv(conflicts, include_header=False)
)
