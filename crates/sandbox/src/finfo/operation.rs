//! What is served: one entry for each operation, from which requests are routed and the OpenAPI document is written.

use super::media::Other;
use super::query::Rules;

/// A dataset as one of its versions tells it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dataset {
    /// The suppliers that the account may see.
    Suppliers,
    /// One of them, by its number in the path.
    Supplier,
    /// Articles of version 1, with or without prices.
    ArticleV1 {
        prices: bool,
    },
    Article,
    Media {
        minor: u16,
    },
    Other(Other),
}

/// One operation. All are GET.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: &'static str,
    pub(super) path: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) dataset: Dataset,
    pub(super) rules: Rules,
    /// Names of the parameters of the query; those of [`Rules::required`] must be there.
    pub(super) parameters: &'static [&'static str],
}

/// Where one supplier is asked for; its number follows.
pub(super) const SUPPLIER_PATH: &str = "/v1.0/suppliers/";

const LIST: &[&str] = &[
    "finfoSupplierId",
    "supplierArticleId",
    "finfoArticleId",
    "gtin",
    "changed-from-date",
    "changed-to-date",
    "offset",
    "limit",
];
const MEDIA: &[&str] = &[
    "finfoSupplierId",
    "supplierArticleId",
    "finfoArticleId",
    "gtin",
    "contentType",
    "changed-from-date",
    "changed-to-date",
    "offset",
    "limit",
];
const FIRST_LIST: &[&str] = &["finfoSupplierId"];
const FIRST_PERIOD: &[&str] = &["finfoSupplierId", "changed-from-date", "changed-to-date"];
const FIRST_ITEM: &[&str] = &[
    "finfoSupplierId",
    "supplierArticleId",
    "finfoArticleId",
    "gtin",
];

const PLAIN: Rules = Rules {
    exclusive_days: false,
    period_needs_supplier: false,
    number_needs_supplier: false,
    paged: false,
    single: false,
    beyond: false,
    required: &[],
};
const PAGED: Rules = Rules {
    paged: true,
    ..PLAIN
};
const ARTICLE: Rules = Rules {
    period_needs_supplier: true,
    number_needs_supplier: true,
    ..PAGED
};
const CLIMATE: Rules = Rules {
    number_needs_supplier: true,
    beyond: true,
    ..PAGED
};
const FIRST: Rules = Rules {
    exclusive_days: true,
    paged: false,
    required: FIRST_LIST,
    ..ARTICLE
};
const PERIOD: Rules = Rules {
    required: FIRST_PERIOD,
    ..FIRST
};
const ITEM: Rules = Rules {
    required: &[],
    single: true,
    ..FIRST
};

const fn list(
    id: &'static str,
    path: &'static str,
    tag: &'static str,
    dataset: Dataset,
    rules: Rules,
) -> Operation {
    Operation {
        id,
        path,
        tag,
        summary: "Rows of a supplier, of a period, or of single articles",
        dataset,
        rules,
        parameters: LIST,
    }
}

const fn media(id: &'static str, path: &'static str, minor: u16) -> Operation {
    Operation {
        summary: "Pictures and documents of articles",
        parameters: MEDIA,
        ..list(id, path, "Media", Dataset::Media { minor }, PAGED)
    }
}

const fn first(id: &'static str, path: &'static str, prices: bool, rules: Rules) -> Operation {
    let (summary, parameters) = if rules.single {
        ("Single articles", FIRST_ITEM)
    } else if rules.required.len() == 1 {
        ("All articles of a supplier", FIRST_LIST)
    } else {
        (
            "Articles of a supplier that changed in a period, without its last day",
            FIRST_PERIOD,
        )
    };
    Operation {
        summary,
        parameters,
        ..list(
            id,
            path,
            "Article v1.0",
            Dataset::ArticleV1 { prices },
            rules,
        )
    }
}

#[rustfmt::skip]
pub(super) const OPERATIONS: [Operation; 17] = [
    Operation {
        summary: "The suppliers that this account may see",
        parameters: &[],
        ..list("getMySuppliers", "/v1.0/suppliers/mysuppliers", "Suppliers", Dataset::Suppliers, PLAIN)
    },
    Operation {
        summary: "One supplier",
        parameters: &[],
        ..list("getSupplier", "/v1.0/suppliers/{finfoSupplierId}", "Suppliers", Dataset::Supplier, PLAIN)
    },
    first("getArticlesV1BySupplier", "/v1.0/article/supplier", true, FIRST),
    first("getArticlesV1ByPeriod", "/v1.0/article/period", true, PERIOD),
    first("getArticlesV1ByItem", "/v1.0/article/item", true, ITEM),
    first("getArticlesV1NoPriceBySupplier", "/v1.0/article/fin20text/noprice/supplier", false, FIRST),
    first("getArticlesV1NoPriceByPeriod", "/v1.0/article/fin20text/noprice/period", false, PERIOD),
    first("getArticlesV1NoPriceByItem", "/v1.0/article/fin20text/noprice/item", false, ITEM),
    list("getArticlesV21", "/v2.1/article", "Article", Dataset::Article, ARTICLE),
    list("getArticles", "/v2.2/article", "Article", Dataset::Article, ARTICLE),
    media("getMediaV20", "/v2.0/media", 0),
    media("getMediaV21", "/v2.1/media", 1),
    media("getMedia", "/v2.2/media", 2),
    list("getClimate", "/v2.0/climate", "Climate", Dataset::Other(Other::Climate), CLIMATE),
    list("getEnvironment", "/v1.0/environment", "Environment", Dataset::Other(Other::Environment), PLAIN),
    list("getEtim", "/v1.0/etim", "ETIM", Dataset::Other(Other::Etim), PLAIN),
    list("getSustainability", "/v1.1/sustainability", "Sustainability", Dataset::Other(Other::Sustainability), PLAIN),
];

/// The operation at a path.
pub(super) fn at(path: &str) -> Option<&'static Operation> {
    let exact = OPERATIONS.iter().find(|operation| operation.path == path);
    exact.or_else(|| {
        let id = path.strip_prefix(SUPPLIER_PATH)?;
        let by_id = OPERATIONS
            .iter()
            .find(|operation| matches!(operation.dataset, Dataset::Supplier));
        by_id.filter(|_| !id.is_empty() && !id.contains('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_at_its_path_and_has_a_name_of_its_own() {
        for operation in &OPERATIONS {
            let path = operation.path.replace("{finfoSupplierId}", "2347003");
            assert_eq!(at(&path).map(|found| found.id), Some(operation.id));
            let same = OPERATIONS.iter().filter(|other| other.id == operation.id);
            assert_eq!(same.count(), 1);
            for name in operation.rules.required {
                assert!(
                    operation.parameters.contains(name),
                    "{}: {name}",
                    operation.id
                );
            }
        }
        for path in [
            "/v9.9/article",
            "/v1.0/suppliers/",
            "/v1.0/suppliers/1/2",
            "",
        ] {
            assert!(at(path).is_none(), "{path}");
        }
    }
}
