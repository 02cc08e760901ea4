-- Version 1 of the catalogue, which later versions add to. Moments are nanoseconds since 1970 in UTC. What each table and view is for, and which of
-- them programs may read, stands in the guide's page on the catalogue.

-- All suppliers that rows or walks belong to; first_listed is NULL for one that no list had.
CREATE TABLE supplier (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT,
    json TEXT,
    first_listed INTEGER,
    last_listed INTEGER,
    gone_since INTEGER
) STRICT;

-- How the rows of a supplier stand: watermark, failure, open walk. Columns of the walk mean something where open = 1;
-- the span is NULL where everything is read.
CREATE TABLE standing (
    dataset INTEGER NOT NULL,
    supplier INTEGER NOT NULL,
    complete_to INTEGER,
    finished_at INTEGER,
    full_at INTEGER,
    mark_version INTEGER,
    failed_at INTEGER,
    failure TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0,
    version INTEGER,
    span_from INTEGER,
    span_until INTEGER,
    purpose INTEGER,
    started_at INTEGER,
    pass INTEGER,
    page_size INTEGER,
    total INTEGER,
    next INTEGER,
    new INTEGER,
    changed INTEGER,
    unchanged INTEGER,
    aside INTEGER,
    PRIMARY KEY (dataset, supplier)
) STRICT, WITHOUT ROWID;

-- What the open walk needs to be gone on with in another process.
CREATE TABLE trail (
    dataset INTEGER NOT NULL,
    supplier INTEGER NOT NULL,
    place INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (dataset, supplier, place)
) STRICT, WITHOUT ROWID;

-- Rows without any key.
CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY,
    dataset INTEGER NOT NULL,
    supplier INTEGER NOT NULL,
    place INTEGER NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (dataset, supplier, json)
) STRICT;

-- Rows, one table for each dataset. id is Finfo's number of the article for a row without an agreement, n << 30 plus
-- that number for the n-th row with one, and negative for an article that is known by its supplier's number
-- (number_of, number) only. version is major << 16 plus minor. A NULL agreement is none.
CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    supplier INTEGER NOT NULL,
    agreement TEXT,
    number_of INTEGER,
    number TEXT,
    version INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    unlisted_since INTEGER,
    supplier_article_number TEXT,
    supplier_previous_article_number TEXT,
    supplier_replacement_article_number TEXT,
    supplier_article_name1 TEXT,
    brand TEXT,
    gtin TEXT,
    base_price TEXT,
    discontinuation_code TEXT,
    discontinuation_date TEXT,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX article_of_supplier ON article (supplier);
CREATE INDEX article_unlisted ON article (supplier) WHERE unlisted_since IS NOT NULL;
CREATE UNIQUE INDEX article_of_agreement ON article (id & 1073741823, agreement) WHERE id >= 1073741824;
CREATE UNIQUE INDEX article_of_number ON article (number_of, number, coalesce(agreement, '')) WHERE number IS NOT NULL;

CREATE TABLE media (
    id INTEGER PRIMARY KEY,
    supplier INTEGER NOT NULL,
    agreement TEXT,
    number_of INTEGER,
    number TEXT,
    version INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    unlisted_since INTEGER,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX media_of_supplier ON media (supplier);
CREATE INDEX media_unlisted ON media (supplier) WHERE unlisted_since IS NOT NULL;
CREATE UNIQUE INDEX media_of_agreement ON media (id & 1073741823, agreement) WHERE id >= 1073741824;
CREATE UNIQUE INDEX media_of_number ON media (number_of, number, coalesce(agreement, '')) WHERE number IS NOT NULL;

CREATE TABLE climate (
    id INTEGER PRIMARY KEY,
    supplier INTEGER NOT NULL,
    agreement TEXT,
    number_of INTEGER,
    number TEXT,
    version INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    unlisted_since INTEGER,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX climate_of_supplier ON climate (supplier);
CREATE INDEX climate_unlisted ON climate (supplier) WHERE unlisted_since IS NOT NULL;
CREATE UNIQUE INDEX climate_of_agreement ON climate (id & 1073741823, agreement) WHERE id >= 1073741824;
CREATE UNIQUE INDEX climate_of_number ON climate (number_of, number, coalesce(agreement, '')) WHERE number IS NOT NULL;

CREATE TABLE environment (
    id INTEGER PRIMARY KEY,
    supplier INTEGER NOT NULL,
    agreement TEXT,
    number_of INTEGER,
    number TEXT,
    version INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    unlisted_since INTEGER,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX environment_of_supplier ON environment (supplier);
CREATE INDEX environment_unlisted ON environment (supplier) WHERE unlisted_since IS NOT NULL;
CREATE UNIQUE INDEX environment_of_agreement ON environment (id & 1073741823, agreement) WHERE id >= 1073741824;
CREATE UNIQUE INDEX environment_of_number ON environment (number_of, number, coalesce(agreement, '')) WHERE number IS NOT NULL;

CREATE TABLE etim (
    id INTEGER PRIMARY KEY,
    supplier INTEGER NOT NULL,
    agreement TEXT,
    number_of INTEGER,
    number TEXT,
    version INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    unlisted_since INTEGER,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX etim_of_supplier ON etim (supplier);
CREATE INDEX etim_unlisted ON etim (supplier) WHERE unlisted_since IS NOT NULL;
CREATE UNIQUE INDEX etim_of_agreement ON etim (id & 1073741823, agreement) WHERE id >= 1073741824;
CREATE UNIQUE INDEX etim_of_number ON etim (number_of, number, coalesce(agreement, '')) WHERE number IS NOT NULL;

CREATE TABLE sustainability (
    id INTEGER PRIMARY KEY,
    supplier INTEGER NOT NULL,
    agreement TEXT,
    number_of INTEGER,
    number TEXT,
    version INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    unlisted_since INTEGER,
    json TEXT NOT NULL
) STRICT;
CREATE INDEX sustainability_of_supplier ON sustainability (supplier);
CREATE INDEX sustainability_unlisted ON sustainability (supplier) WHERE unlisted_since IS NOT NULL;
CREATE UNIQUE INDEX sustainability_of_agreement ON sustainability (id & 1073741823, agreement) WHERE id >= 1073741824;
CREATE UNIQUE INDEX sustainability_of_number ON sustainability (number_of, number, coalesce(agreement, '')) WHERE number IS NOT NULL;

-- The change log. One row has one entry, or consecutive entries of one kind; keys is a JSON array of them: the number of
-- an article, or [number or null, agreement, supplier, supplier's number]. The first entry has this number.
-- kind: 1 appeared, 2 changed, 3 unlisted, 4 relisted, 5 removed.
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    entries INTEGER NOT NULL,
    at INTEGER NOT NULL,
    dataset INTEGER NOT NULL,
    supplier INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    keys TEXT NOT NULL,
    fields TEXT
) STRICT;
CREATE INDEX change_at ON change (at);

-- Pictures and documents. key is as in the change log. wanted: named by the service, and the file is missing or old.
CREATE TABLE asset (
    id INTEGER PRIMARY KEY,
    supplier INTEGER NOT NULL,
    key TEXT NOT NULL,
    slot TEXT NOT NULL,
    url TEXT NOT NULL,
    content_type TEXT,
    checksum TEXT,
    last_modified TEXT,
    alt_text TEXT,
    json TEXT NOT NULL,
    gone_since INTEGER,
    wanted INTEGER NOT NULL,
    file_name TEXT,
    file_bytes INTEGER,
    file_checksum TEXT COLLATE NOCASE,
    file_verified INTEGER,
    file_last_modified TEXT,
    file_url TEXT,
    fetched_at INTEGER,
    missed_at INTEGER,
    miss TEXT,
    miss_passing INTEGER,
    misses INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX asset_of_key ON asset (key, slot);
CREATE INDEX asset_of_supplier ON asset (supplier);
CREATE INDEX asset_wanted ON asset (supplier) WHERE wanted;
CREATE INDEX asset_of_checksum ON asset (file_checksum) WHERE file_verified;
CREATE INDEX asset_of_file ON asset (file_name, file_bytes) WHERE file_name IS NOT NULL;

-- What articles are found by. Words of the latest rows wait in search_pending, all others are sorted in segments, which
-- are never changed. replaced: articles whose words in older segments no longer count, outdated of them.
CREATE TABLE search_pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    articles INTEGER NOT NULL,
    body BLOB NOT NULL,
    replaced BLOB NOT NULL
) STRICT;
CREATE TABLE search_segment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    articles INTEGER NOT NULL,
    outdated INTEGER NOT NULL,
    firsts BLOB NOT NULL,
    replaced BLOB NOT NULL,
    ids BLOB NOT NULL
) STRICT;
-- id = segment << 20 | place.
CREATE TABLE search_chunk (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- For programs that read with SQL.
CREATE VIEW articles AS SELECT
    a.id,
    CASE WHEN a.id > 0 THEN a.id & 1073741823 END AS finfo_article_id,
    coalesce(a.agreement, '') AS agreement,
    s.id AS supplier,
    s.name AS supplier_name,
    'v' || (a.version >> 16) || '.' || (a.version & 65535) AS version,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.first_seen / 1e9, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.changed_at / 1e9, 'unixepoch') AS changed_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', a.unlisted_since / 1e9, 'unixepoch') AS unlisted_since,
    nullif(a.json ->> '$.supplierId', '') AS supplier_id,
    nullif(a.json ->> '$.finfoSupplierId', '') AS finfo_supplier_id,
    a.supplier_article_number,
    nullif(a.json ->> '$.supplierArticleId', '') AS supplier_article_id,
    a.supplier_previous_article_number,
    nullif(CASE length(a.json ->> '$.supplierPreviousArticleNumberChangeDate') WHEN 8 THEN substr(a.json ->> '$.supplierPreviousArticleNumberChangeDate', 1, 4) || '-' || substr(a.json ->> '$.supplierPreviousArticleNumberChangeDate', 5, 2) || '-' || substr(a.json ->> '$.supplierPreviousArticleNumberChangeDate', 7, 2) ELSE substr(a.json ->> '$.supplierPreviousArticleNumberChangeDate', 1, 10) END, '') AS supplier_previous_article_number_change_date,
    a.supplier_replacement_article_number,
    a.supplier_article_name1,
    nullif(a.json ->> '$.supplierArticleName2', '') AS supplier_article_name2,
    nullif(a.json ->> '$.finfoArticleName1', '') AS finfo_article_name1,
    nullif(a.json ->> '$.finfoArticleName2', '') AS finfo_article_name2,
    nullif(a.json ->> '$.articleClass', '') AS article_class,
    a.brand,
    nullif(a.json ->> '$.subBrand', '') AS sub_brand,
    a.gtin,
    nullif(a.json ->> '$.discountGroup', '') AS discount_group,
    nullif(a.json ->> '$.discountGroupName', '') AS discount_group_name,
    a.base_price,
    nullif(a.json ->> '$.priceTypeCode', '') AS price_type_code,
    nullif(nullif(replace(trim(a.json -> '$.pricePer', '" '), ',', '.'), 'null'), '') AS price_per,
    nullif(CASE length(a.json ->> '$.retailPriceValidFrom') WHEN 8 THEN substr(a.json ->> '$.retailPriceValidFrom', 1, 4) || '-' || substr(a.json ->> '$.retailPriceValidFrom', 5, 2) || '-' || substr(a.json ->> '$.retailPriceValidFrom', 7, 2) ELSE substr(a.json ->> '$.retailPriceValidFrom', 1, 10) END, '') AS retail_price_valid_from,
    nullif(a.json ->> '$.comparisonPriceUnit', '') AS comparison_price_unit,
    nullif(a.json ->> '$.basePriceUnit', '') AS base_price_unit,
    nullif(nullif(replace(trim(a.json -> '$.factorBasePrice', '" '), ',', '.'), 'null'), '') AS factor_base_price,
    nullif(a.json ->> '$.stockOrderOrManufactureCode', '') AS stock_order_or_manufacture_code,
    nullif(a.json ->> '$.energyEfficiencyClass', '') AS energy_efficiency_class,
    nullif(a.json ->> '$.purchaseIndicator', '') AS purchase_indicator,
    nullif(a.json ->> '$.unspscProductGroup', '') AS unspsc_product_group,
    nullif(a.json ->> '$.commodityCode', '') AS commodity_code,
    nullif(a.json ->> '$.vilmabasIdentity', '') AS vilmabas_identity,
    a.discontinuation_code,
    a.discontinuation_date,
    nullif(a.json ->> '$.primaryPackageGtin', '') AS primary_package_gtin,
    nullif(a.json ->> '$.primaryPackageUnit', '') AS primary_package_unit,
    nullif(nullif(replace(trim(a.json -> '$.primaryPackageContent', '" '), ',', '.'), 'null'), '') AS primary_package_content,
    nullif(a.json ->> '$.primaryPackageContentUnit', '') AS primary_package_content_unit,
    nullif(a.json ->> '$.primaryPackageOrderingIndicator', '') AS primary_package_ordering_indicator,
    nullif(nullif(replace(trim(a.json -> '$.primaryPackageWeight', '" '), ',', '.'), 'null'), '') AS primary_package_weight,
    nullif(nullif(replace(trim(a.json -> '$.primaryPackageHeight', '" '), ',', '.'), 'null'), '') AS primary_package_height,
    nullif(nullif(replace(trim(a.json -> '$.primaryPackageWidth', '" '), ',', '.'), 'null'), '') AS primary_package_width,
    nullif(nullif(replace(trim(a.json -> '$.primaryPackageDepth', '" '), ',', '.'), 'null'), '') AS primary_package_depth,
    nullif(nullif(replace(trim(a.json -> '$.primaryPackageVolume', '" '), ',', '.'), 'null'), '') AS primary_package_volume,
    nullif(a.json ->> '$.secondaryPackageGtin', '') AS secondary_package_gtin,
    nullif(nullif(replace(trim(a.json -> '$.secondaryPackageFactor', '" '), ',', '.'), 'null'), '') AS secondary_package_factor,
    nullif(a.json ->> '$.secondaryPackageUnit', '') AS secondary_package_unit,
    nullif(nullif(replace(trim(a.json -> '$.secondaryPackageContent', '" '), ',', '.'), 'null'), '') AS secondary_package_content,
    nullif(a.json ->> '$.secondaryPackageContentUnit', '') AS secondary_package_content_unit,
    nullif(a.json ->> '$.secondaryPackageOrderingIndicator', '') AS secondary_package_ordering_indicator,
    nullif(nullif(replace(trim(a.json -> '$.secondaryPackageWeight', '" '), ',', '.'), 'null'), '') AS secondary_package_weight,
    nullif(nullif(replace(trim(a.json -> '$.secondaryPackageHeight', '" '), ',', '.'), 'null'), '') AS secondary_package_height,
    nullif(nullif(replace(trim(a.json -> '$.secondaryPackageWidth', '" '), ',', '.'), 'null'), '') AS secondary_package_width,
    nullif(nullif(replace(trim(a.json -> '$.secondaryPackageDepth', '" '), ',', '.'), 'null'), '') AS secondary_package_depth,
    nullif(nullif(replace(trim(a.json -> '$.secondaryPackageVolume', '" '), ',', '.'), 'null'), '') AS secondary_package_volume,
    nullif(a.json ->> '$.tertiaryPackageGtin', '') AS tertiary_package_gtin,
    nullif(nullif(replace(trim(a.json -> '$.tertiaryPackageFactor', '" '), ',', '.'), 'null'), '') AS tertiary_package_factor,
    nullif(a.json ->> '$.tertiaryPackageUnit', '') AS tertiary_package_unit,
    nullif(nullif(replace(trim(a.json -> '$.tertiaryPackageContent', '" '), ',', '.'), 'null'), '') AS tertiary_package_content,
    nullif(a.json ->> '$.tertiaryPackageContentUnit', '') AS tertiary_package_content_unit,
    nullif(a.json ->> '$.tertiaryPackageOrderingIndicator', '') AS tertiary_package_ordering_indicator,
    nullif(nullif(replace(trim(a.json -> '$.tertiaryPackageWeight', '" '), ',', '.'), 'null'), '') AS tertiary_package_weight,
    nullif(nullif(replace(trim(a.json -> '$.tertiaryPackageHeight', '" '), ',', '.'), 'null'), '') AS tertiary_package_height,
    nullif(nullif(replace(trim(a.json -> '$.tertiaryPackageWidth', '" '), ',', '.'), 'null'), '') AS tertiary_package_width,
    nullif(nullif(replace(trim(a.json -> '$.tertiaryPackageDepth', '" '), ',', '.'), 'null'), '') AS tertiary_package_depth,
    nullif(nullif(replace(trim(a.json -> '$.tertiaryPackageVolume', '" '), ',', '.'), 'null'), '') AS tertiary_package_volume,
    CASE WHEN a.json ->> '$.isRegisteredInBastaAsBASTA' IN (1, '1', 'true', 'Y', 'J') THEN 1 WHEN a.json ->> '$.isRegisteredInBastaAsBASTA' IN (0, '0', 'false', 'N') THEN 0 END AS is_registered_in_basta_as_basta,
    CASE WHEN a.json ->> '$.isRegisteredInBastaAsBETA' IN (1, '1', 'true', 'Y', 'J') THEN 1 WHEN a.json ->> '$.isRegisteredInBastaAsBETA' IN (0, '0', 'false', 'N') THEN 0 END AS is_registered_in_basta_as_beta,
    CASE WHEN a.json ->> '$.isSubjectToReachRegulation' IN (1, '1', 'true', 'Y', 'J') THEN 1 WHEN a.json ->> '$.isSubjectToReachRegulation' IN (0, '0', 'false', 'N') THEN 0 END AS is_subject_to_reach_regulation,
    a.json
FROM article a JOIN supplier s ON s.number = a.supplier;

CREATE VIEW changes AS SELECT
    c.number + k.key AS number,
    strftime('%Y-%m-%dT%H:%M:%fZ', c.at / 1e9, 'unixepoch') AS at,
    CASE c.dataset
        WHEN 1 THEN 'article' WHEN 2 THEN 'media' WHEN 3 THEN 'climate'
        WHEN 4 THEN 'environment' WHEN 5 THEN 'etim' WHEN 6 THEN 'sustainability'
    END AS dataset,
    s.id AS supplier,
    CASE k.type WHEN 'integer' THEN k.value ELSE k.value ->> '$[0]' END AS finfo_article_id,
    CASE k.type WHEN 'integer' THEN '' ELSE k.value ->> '$[1]' END AS agreement,
    CASE k.type WHEN 'integer' THEN NULL ELSE k.value ->> '$[3]' END AS supplier_article_number,
    CASE c.kind
        WHEN 1 THEN 'appeared' WHEN 2 THEN 'changed' WHEN 3 THEN 'unlisted'
        WHEN 4 THEN 'relisted' WHEN 5 THEN 'removed'
    END AS kind,
    f.value ->> '$.field' AS field,
    f.value -> '$.old' AS old,
    f.value -> '$.new' AS new
FROM change c
JOIN supplier s ON s.number = c.supplier
JOIN json_each(c.keys) k
LEFT JOIN json_each(c.fields) f;
