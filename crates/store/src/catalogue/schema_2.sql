-- Version 2 of the catalogue. For beginnings of words that many of a segment's articles have: one bit for each article.
-- A segment that version 1 wrote has none, and is read term by term.
CREATE TABLE search_prefix (
    segment INTEGER NOT NULL,
    prefix BLOB NOT NULL,
    articles BLOB NOT NULL,
    PRIMARY KEY (segment, prefix)
) STRICT, WITHOUT ROWID;
