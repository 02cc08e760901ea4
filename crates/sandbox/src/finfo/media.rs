//! Pictures of made-up articles, and what the other datasets say of them.

use bytes::Bytes;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::fields;
use super::stock::Row;

/// Where pictures lie below the address that serves them.
pub(super) const FOLDER: &str = "/assets/";

/// Pictures of an article: slot and number.
const SLOTS: [(&str, u32); 2] = [("heroImage", 0), ("images", 1)];

/// The bytes of a picture: the beginning of a PNG file and then what is the same for the same picture in every run.
fn picture(article: u32, number: u32, edition: u32) -> Bytes {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let line = format!("made-up picture {number} of article {article}, edition {edition}\n");
    let times = 20 + (article as usize + number as usize) % 200;
    bytes.extend(line.bytes().cycle().take(line.len() * times));
    bytes.into()
}

fn file_name(article: u32, number: u32, edition: u32) -> String {
    format!("{article}_{number}_{edition}.png")
}

/// The picture at a path below the folder, with the article and the edition it is of.
pub(super) fn at(name: &str) -> Option<(u32, u32, Bytes)> {
    let mut parts = name.strip_suffix(".png")?.split('_').map(str::parse::<u32>);
    let (article, number, edition) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let known = parts.next().is_none() && SLOTS.iter().any(|(_, there)| *there == number);
    known.then(|| (article, edition, picture(article, number, edition)))
}

/// The MD5 of the bytes as 32 hexadecimal digits, as the sample of the page of media v2.2 has it.
fn checksum(bytes: &[u8]) -> String {
    Md5::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What the service tells about an article's pictures; `None` for an article without any.
pub(super) fn element(row: &Row, supplier: &str, host: &str, minor: u16) -> Option<String> {
    let edition = row.picture?;
    let image = |number: u32| {
        let bytes = picture(row.article, number, edition);
        let mut sum = checksum(&bytes);
        if row.wrong_checksum {
            sum = checksum(sum.as_bytes());
        }
        let changed = row.changed_at.format("%Y-%m-%dT%H:%M:%S%.6f0").to_string();
        let mut image = json!({
            "url": format!("{host}{FOLDER}{}", file_name(row.article, number, edition)),
            "contentType": if number == 0 { "productImageSingle" } else { "environmentImage" },
            "lastModified": changed,
            "checksum": sum,
            "linkIndex": number,
            "createdDate": changed,
        });
        if minor >= 2 {
            image["altText"] = format!("Bild av artikel {}", row.article).into();
        }
        image
    };
    let mut element = json!({"heroImage": image(0), "images": [image(1)]});
    if minor >= 1 {
        element["identifiers"] = json!({
            "finfoSupplierId": supplier,
            "supplierArticleId": fields::text(&row.json, "supplierArticleNumber"),
            "gtin": fields::text(&row.json, "gtin"),
        });
    }
    // Without it nothing but the supplier's number tells which article an element is of.
    element["finfoArticleId"] = row.article.to_string().into();
    Some(element.to_string())
}

/// What the service tells in its other datasets, under the names that each of them uses.
pub(super) fn other(dataset: Other, row: &Row, supplier: &str) -> Option<String> {
    row.picture?;
    let number = fields::text(&row.json, "supplierArticleNumber");
    let gtin = fields::text(&row.json, "gtin");
    let article = row.article.to_string();
    let told: Value = match dataset {
        Other::Climate => json!({
            "finfoArticleId": article,
            "epdMetaData": {"epdOwner": "Exempel AB", "epdValidTo": "2030-12-31"},
            "extractedFromEpd": {"epdDataGwpGhgA": {"epdGwpGhgA1": 1.25, "epdGwpGhgA2": null}},
            "calculatedFromEpd": {},
            "boverketData": {},
        }),
        Other::Environment => json!({
            "id": row.article,
            "status": "automatic match",
            "finfoSupplierId": supplier,
            "finfoArticleId": article,
            "productNumber": number,
            "articleGtin": gtin,
            "sundahusAssessment": "B",
            "svanen": null,
        }),
        Other::Etim => json!({
            "supplierId": supplier,
            "articleId": article,
            "supplierArticleId": number,
            "gtin": gtin,
            "etimClass": "EC002385",
            "productFeatures": {
                "referenceFeatureSystemName": "ETIM-10.0",
                "referenceFeatureGroupId": "EG002385",
                "features": [{"featureCode": "EF000008", "featureValue": "40.0 - 60.0", "unitCode": "EU570448"}],
            },
        }),
        Other::Sustainability => json!({
            "finfoNumber": article,
            "sdbVersion": "1.1",
            "sdbHCode": ["H319"],
            "sdbContainSvhc": false,
            "adrUnNumber": null,
        }),
    };
    Some(told.to_string())
}

/// Datasets besides articles and media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    Climate,
    Environment,
    Etim,
    Sustainability,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wrong_checksum: bool) -> Row {
        Row {
            article: 1_000_002,
            json: super::super::article::json("2347003", 1_000_002),
            changed_at: chrono::DateTime::from_timestamp(1_768_478_400, 0).expect("a moment"),
            picture: Some(3),
            wrong_checksum,
        }
    }

    #[test]
    fn checksums_fit_the_pictures_unless_they_are_to_be_wrong() {
        assert_eq!(checksum(b""), "d41d8cd98f00b204e9800998ecf8427e");
        for wrong in [false, true] {
            let element =
                element(&row(wrong), "2347003", "http://127.0.0.1:1", 2).expect("pictures");
            let element: Value = serde_json::from_str(&element).expect("JSON");
            for image in [&element["heroImage"], &element["images"][0]] {
                let url = image["url"].as_str().expect("an address");
                let name = url.rsplit('/').next().expect("a name");
                let (article, edition, bytes) = at(name).expect("a picture");
                assert_eq!((article, edition), (1_000_002, 3));
                assert_eq!(image["checksum"] == checksum(&bytes), !wrong);
                assert_eq!(image["lastModified"], "2026-01-15T12:00:00.0000000");
            }
        }
    }

    #[test]
    fn versions_of_media_add_identifiers_and_descriptions() {
        let told = |minor| -> Value {
            let element = element(&row(false), "2347003", "", minor).expect("pictures");
            serde_json::from_str(&element).expect("JSON")
        };
        assert_eq!(
            (
                told(0).get("identifiers"),
                told(1)["heroImage"].get("altText")
            ),
            (None, None)
        );
        assert_eq!(told(1)["identifiers"]["finfoSupplierId"], "2347003");
        assert!(told(2)["images"][0]["altText"].is_string());
    }

    #[test]
    fn there_is_nothing_under_other_names() {
        for name in [
            "",
            "1.png",
            "1_0.png",
            "1_7_0.png",
            "1_0_0_0.png",
            "1_0_0.jpg",
            "../1_0_0.png",
        ] {
            assert!(at(name).is_none(), "{name}");
        }
    }
}
