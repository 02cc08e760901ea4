//! What the service tells of an article besides the article: its pictures and documents, and the other datasets.

use serde_json::{Value, json};

use super::asset::{Asset, FOLDER, Slot, checksum};
use super::stock::Row;

/// Datasets besides articles and media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    Climate,
    Environment,
    Etim,
    Sustainability,
}

/// What a request for media wants to be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    /// The minor version, after 2.
    pub(super) minor: u16,
    /// Address under which files are named.
    pub(super) host: &'a str,
    /// The only kind of file wanted.
    pub(super) content_type: Option<&'a str>,
}

/// The files of an article that a wish is about.
pub(super) fn slots(row: &Row, content_type: Option<&str>) -> impl Iterator<Item = Slot> {
    let (article, has) = (row.article, row.picture.is_some());
    Slot::ALL.into_iter().filter(move |slot| {
        has && slot.is_of(article)
            && content_type.is_none_or(|wanted| wanted == slot.content_type())
    })
}

/// What the service tells about an article's files; `None` for an article without any.
pub(super) fn element(row: &Row, id: &str, wish: Wish<'_>) -> Option<String> {
    let edition = row.picture?;
    let changed = row.changed_at.format("%Y-%m-%dT%H:%M:%S%.6f0").to_string();
    let told = |slot: Slot| {
        let asset = Asset {
            article: row.article,
            slot,
            edition,
        };
        let mut sum = checksum(&asset.bytes());
        if row.wrong_checksum {
            sum = checksum(sum.as_bytes());
        }
        let true_address = || format!("{}{FOLDER}{}", wish.host, asset.name());
        let url = match &row.address {
            Some(address) if slot == Slot::Hero => address.to_string(),
            _ => true_address(),
        };
        let mut told = json!({
            "url": url,
            "contentType": slot.content_type(),
            "lastModified": changed,
            "checksum": sum,
            "linkIndex": slot.number(),
            "createdDate": changed,
        });
        if wish.minor >= 2 && slot != Slot::Document {
            told["altText"] = format!("Bild av artikel {}", row.article).into();
        }
        told
    };
    // Without the number of the article nothing but the supplier's own tells which one an element is of.
    let mut element =
        json!({"finfoArticleId": row.article.to_string(), "images": [], "documents": []});
    for slot in slots(row, wish.content_type) {
        match slot {
            Slot::Hero => element["heroImage"] = told(slot),
            Slot::Image => element["images"] = [told(slot)].into_iter().collect(),
            Slot::Document => element["documents"] = [told(slot)].into_iter().collect(),
        }
    }
    if wish.minor >= 1 {
        element["identifiers"] = json!({
            "finfoSupplierId": id,
            "supplierArticleId": row.own_number(),
            "gtin": row.gtin(),
        });
    }
    Some(element.to_string())
}

/// What the service tells in its other datasets, under the names that each of them uses.
pub(super) fn other(dataset: Other, row: &Row, supplier: &str) -> Option<String> {
    row.picture?;
    let (number, gtin) = (row.own_number(), row.gtin());
    let article = row.article.to_string();
    let tenth = |of: u32| f64::from(row.article % of) / 10.0;
    let told: Value = match dataset {
        Other::Climate => json!({
            "finfoArticleId": article,
            "epdMetaData": {"epdOwner": "Exempel AB", "epdValidTo": "2030-12-31"},
            "extractedFromEpd": {"epdDataGwpGhgA": {"epdGwpGhgA1": tenth(97), "epdGwpGhgA2": null}},
            "calculatedFromEpd": {},
            "boverketData": {},
        }),
        Other::Environment => json!({
            "id": row.article,
            "status": if row.article.is_multiple_of(2) { "automatic match" } else { "manual match" },
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
                "features": [
                    {"featureCode": "EF000008", "featureValue": "40.0 - 60.0", "unitCode": "EU570448"},
                    {"featureCode": "EF000139", "featureValue": "true"},
                ],
            },
        }),
        Other::Sustainability => json!({
            "finfoNumber": article,
            "sdbVersion": "1.1",
            "sdbLastUpdate": "2026-02-27",
            "sdbHCode": ["H319"],
            "sdbContainSvhc": false,
            "adrUnNumber": null,
        }),
    };
    Some(told.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wrong_checksum: bool) -> Row {
        Row {
            article: 1_000_002,
            edited: None,
            changed_at: chrono::DateTime::from_timestamp(1_768_478_400, 0).expect("a moment"),
            picture: Some(3),
            wrong_checksum,
            address: None,
        }
    }

    fn told(row: &Row, minor: u16, content_type: Option<&str>) -> Value {
        let wish = Wish {
            minor,
            host: "http://127.0.0.1:1",
            content_type,
        };
        let element = element(row, "2347003", wish).expect("files");
        serde_json::from_str(&element).expect("JSON")
    }

    #[test]
    fn checksums_fit_the_files_unless_they_are_to_be_wrong() {
        for wrong in [false, true] {
            let element = told(&row(wrong), 2, None);
            for file in [
                &element["heroImage"],
                &element["images"][0],
                &element["documents"][0],
            ] {
                let name = file["url"]
                    .as_str()
                    .and_then(|url| url.strip_prefix("http://127.0.0.1:1/assets/"));
                let asset = Asset::named(name.expect("an address")).expect("a file");
                assert_eq!((asset.article, asset.edition), (1_000_002, 3));
                assert_eq!(file["checksum"] == checksum(&asset.bytes()), !wrong);
                assert_eq!(file["lastModified"], "2026-01-15T12:00:00.0000000");
            }
        }
    }

    #[test]
    fn versions_of_media_add_identifiers_and_descriptions() {
        let row = row(false);
        assert_eq!(told(&row, 0, None).get("identifiers"), None);
        assert_eq!(told(&row, 1, None)["heroImage"].get("altText"), None);
        assert_eq!(
            told(&row, 1, None)["identifiers"]["finfoSupplierId"],
            "2347003"
        );
        assert!(told(&row, 2, None)["images"][0]["altText"].is_string());
    }

    #[test]
    fn one_kind_of_file_can_be_asked_for_and_an_address_can_be_another() {
        let mut row = row(false);
        row.address = Some("http://169.254.169.254/".into());
        let only = told(&row, 2, Some("safetyDataSheet"));
        assert!(only["heroImage"].is_null() && only["images"] == json!([]));
        assert_eq!(only["documents"][0]["contentType"], "safetyDataSheet");
        assert_eq!(
            told(&row, 2, None)["heroImage"]["url"],
            "http://169.254.169.254/"
        );
    }
}
