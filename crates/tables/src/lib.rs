//! Lists in (CSV, XLSX, NDJSON), results out (CSV, XLSX, JSON Lines, HTML).
