-- What version 1 of the schema holds, a little of everything.
INSERT INTO supplier (number, id, name, json, first_listed, last_listed) VALUES
    (1, '2347003', 'Fäste AB', '{"finfoSupplierId":"2347003"}', 1768478400000000000, 1768478400000000000),
    (2, '12', NULL, NULL, NULL, NULL);
INSERT INTO standing (dataset, supplier, complete_to, finished_at, full_at, mark_version, failures, open, version,
    span_from, span_until, purpose, started_at, pass, page_size, total, next, new, changed, unchanged, aside) VALUES
    (1, 1, 1768478400000000000, 1768478400000000000, 1768478400000000000, 131074, 0, 1, 131074,
    1768392000000000000, 1768564800000000000, 0, 1768564800000000000, 1, 1000, 3, 2, 0, 1, 0, 1);
INSERT INTO trail (dataset, supplier, place, entry) VALUES (1, 1, 1, x'0102');
INSERT INTO set_aside (dataset, supplier, place, json) VALUES (1, 1, 1, '{}');
INSERT INTO article (id, supplier, agreement, number_of, number, version, first_seen, changed_at, unlisted_since,
    supplier_article_number, supplier_article_name1, brand, gtin, base_price, json) VALUES
    (1377271, 1, NULL, NULL, NULL, 131074, 1768478400000000000, 1768478400000000000, NULL,
    'TS-1', 'Träskruv 4,2x55', 'Fäste', '7317761101987', '19.90',
    '{"finfoArticleId":"1377271","supplierArticleNumber":"TS-1","supplierArticleName1":"Träskruv 4,2x55","brand":"Fäste","gtin":"7317761101987","basePrice":19.90}'),
    (1075119095, 1, 'A', NULL, NULL, 131074, 1768478400000000000, 1768564800000000000, 1768564800000000000,
    'TS-1', 'Träskruv 4,2x55', NULL, NULL, '19.95',
    '{"finfoArticleId":"1377271","agreementId":"A","supplierArticleNumber":"TS-1","supplierArticleName1":"Träskruv 4,2x55","basePrice":19.95}'),
    (-1, 1, NULL, 1, 'K-1', 65536, 1768478400000000000, 1768478400000000000, NULL,
    'K-1', 'Mutter', NULL, NULL, NULL, '{"supplierArticleNumber":"K-1","supplierArticleName1":"Mutter"}');
INSERT INTO media (id, supplier, version, first_seen, changed_at, json) VALUES
    (1377271, 1, 131074, 1768478400000000000, 1768478400000000000,
    '{"finfoArticleId":"1377271","heroImage":{"url":"https://media.example.test/1.jpg","checksum":"aa"}}');
INSERT INTO change (number, entries, at, dataset, supplier, kind, keys, fields) VALUES
    (1, 3, 1768478400000000000, 1, 1, 1, '[1377271,[1377271,"A"],[null,"","2347003","K-1"]]', NULL),
    (4, 1, 1768564800000000000, 1, 1, 2, '[[1377271,"A"]]', '[{"field":"basePrice","old":19.90,"new":19.95}]');
INSERT INTO asset (id, supplier, key, slot, url, checksum, json, wanted, file_name, file_bytes, file_checksum,
    file_verified, file_url, fetched_at) VALUES
    (1, 1, '1377271', 'heroImage', 'https://media.example.test/1.jpg', 'aa',
    '{"url":"https://media.example.test/1.jpg","checksum":"aa"}', 0, 'aa/aa.jpg', 10, 'aa',
    1, 'https://media.example.test/1.jpg', 1768478400000000000);
