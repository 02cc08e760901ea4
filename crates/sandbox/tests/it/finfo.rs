//! Finfo over real sockets: tokens, lists, periods, files, and what goes wrong.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use finkit_sandbox::fault::{Fault, FaultPlan, FaultRule};
use finkit_sandbox::finfo::{Drift, FinfoRunning, FinfoSandbox, FinfoSandboxBuilder, demo};
use serde_json::{Value, json};

use crate::http::{Client, Lost, Reply, Send};

const SUPPLIER: &str = "2347003";
const TOKEN: &str = "/auth/realms/finfo/protocol/openid-connect/token";

/// A sandbox whose time stands still, and what talks to it.
struct Finfo {
    running: FinfoRunning,
    token: String,
}

fn start(builder: FinfoSandboxBuilder) -> Finfo {
    let now: DateTime<Utc> = "2026-01-15T12:00:00Z".parse().unwrap();
    let running = builder.clock(move || now).start_blocking().unwrap();
    let mut finfo = Finfo {
        running,
        token: String::new(),
    };
    finfo.log_in();
    finfo
}

fn plain(articles: usize) -> Finfo {
    start(FinfoSandbox::builder().supplier(SUPPLIER, "Fäste AB", articles))
}

impl Finfo {
    fn client(&self) -> Client {
        Client::connect(self.running.address())
    }

    fn grant(&self, more: &[(&str, &str)]) -> Reply {
        let account = self.running.account();
        let client = [
            ("client_id", &*account.client_id),
            ("client_secret", &*account.client_secret),
        ];
        self.client()
            .ok(Send::new("POST", TOKEN).form(&[&client[..], more].concat()))
    }

    fn by_password(&self) -> Reply {
        let account = self.running.account();
        self.grant(&[
            ("grant_type", "password"),
            ("username", &account.username),
            ("password", &account.password),
            ("scope", "openid"),
        ])
    }

    fn log_in(&mut self) {
        let reply = self.by_password();
        assert_eq!(reply.status, 200, "{}", reply.text());
        self.token = reply.json()["access_token"].as_str().unwrap().to_owned();
    }

    fn try_get(&self, target: &str) -> Result<Reply, Lost> {
        let token = format!("Bearer {}", self.token);
        self.client()
            .send(Send::new("GET", target).header("authorization", token))
    }

    #[track_caller]
    fn get(&self, target: &str) -> Reply {
        self.try_get(target)
            .unwrap_or_else(|lost| panic!("{target}: {lost:?}"))
    }

    #[track_caller]
    fn list(&self, target: &str) -> Vec<Value> {
        let reply = self.get(target);
        if reply.status == 204 {
            assert!(reply.body.is_empty());
            return Vec::new();
        }
        assert_eq!(reply.status, 200, "{target}: {}", reply.text());
        reply.json()["articleList"].as_array().unwrap().clone()
    }

    /// The numbers of the articles that changed in a period.
    fn changed(&self, path: &str, from: &str, to: &str) -> Vec<u64> {
        let page = if path.starts_with("/v2") {
            "&offset=0&limit=1000"
        } else {
            ""
        };
        let target = format!(
            "{path}?finfoSupplierId={SUPPLIER}&changed-from-date={from}&changed-to-date={to}{page}"
        );
        self.list(&target).iter().map(number).collect()
    }
}

fn number(row: &Value) -> u64 {
    row["finfoArticleId"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .unwrap()
}

fn page(offset: usize, limit: usize) -> String {
    format!("/v2.2/article?finfoSupplierId={SUPPLIER}&offset={offset}&limit={limit}")
}

#[test]
fn a_token_is_had_by_password_and_renewed_by_its_refresh_token() {
    let finfo = plain(1);
    let reply = finfo.by_password().json();
    assert_eq!(
        (&reply["token_type"], &reply["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    assert_eq!(
        (&reply["refresh_expires_in"], &reply["scope"]),
        (&json!(1800), &json!("openid email profile"))
    );
    assert_eq!(
        finfo.running.grants().needless,
        1,
        "the first one was alive"
    );
    finfo.running.advance(TimeDelta::seconds(899));
    assert_eq!(finfo.get(&page(0, 1)).status, 200);
    finfo.running.advance(TimeDelta::seconds(1));
    let late = finfo.get(&page(0, 1));
    assert_eq!(
        (late.status, late.header("www-authenticate")),
        (401, Some("Bearer error=\"invalid_token\""))
    );
    let refresh = reply["refresh_token"].as_str().unwrap();
    let renew = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    assert_eq!(finfo.grant(&renew).status, 200);
    assert_eq!(finfo.grant(&renew).status, 400, "it serves once");
    let grants = finfo.running.grants();
    assert_eq!(
        (
            grants.password,
            grants.refresh,
            grants.refused,
            grants.needless
        ),
        (2, 1, 1, 1)
    );
}

#[test]
fn needless_grants_suspend_the_account_until_that_is_lifted() {
    let mut finfo = start(
        FinfoSandbox::builder()
            .supplier(SUPPLIER, "Fäste AB", 1)
            .needless_grants(2),
    );
    (0..3).for_each(|_| assert_eq!(finfo.by_password().status, 200));
    assert!(finfo.running.is_suspended());
    assert_eq!(finfo.get(&page(0, 1)).status, 401);
    assert_eq!(
        finfo.by_password().json()["error_description"],
        "Account disabled"
    );
    finfo.running.suspend(false);
    finfo.log_in();
    assert_eq!(finfo.get(&page(0, 1)).status, 200);
}

#[test]
fn suppliers_are_listed_until_they_are_removed() {
    let finfo = start(
        FinfoSandbox::builder()
            .supplier("2", "Ögla AB", 1)
            .supplier("1", "Åsbeslag AB", 1),
    );
    let list = |finfo: &Finfo| finfo.get("/v1.0/suppliers/mysuppliers").json();
    assert_eq!(
        list(&finfo),
        json!([
            {"finfoSupplierId": "1", "supplierName": "Åsbeslag AB"},
            {"finfoSupplierId": "2", "supplierName": "Ögla AB"},
        ])
    );
    assert_eq!(
        finfo.get("/v1.0/suppliers/2").json()["supplierName"],
        "Ögla AB"
    );
    finfo.running.edit(|stock| {
        stock.remove_supplier("2");
    });
    assert_eq!(list(&finfo).as_array().map(Vec::len), Some(1));
    assert_eq!(
        finfo
            .get("/v2.2/article?finfoSupplierId=2&offset=0&limit=1")
            .status,
        403
    );
    assert_eq!(finfo.get("/v1.0/suppliers/2").status, 403);
    finfo.running.edit(|stock| {
        stock.order("1", false);
    });
    assert_eq!(
        list(&finfo).as_array().map(Vec::len),
        Some(1),
        "listed, but not ordered"
    );
    assert_eq!(
        finfo
            .get("/v2.2/article?finfoSupplierId=1&offset=0&limit=1")
            .status,
        403
    );
}

#[test]
fn pages_cover_the_list_row_by_row_in_its_order() {
    let finfo = plain(250);
    finfo.running.edit(|stock| {
        let article = stock.articles(SUPPLIER)[10];
        stock.add_agreement(article, demo::AGREEMENT, Some("RAM-2026"));
    });
    let mut rows = Vec::new();
    for offset in (0..300).step_by(100) {
        let reply = finfo.get(&page(offset, 100)).json();
        assert_eq!(
            reply["pagination"],
            json!({"offset": offset, "limit": 100, "totalCount": 251})
        );
        rows.extend(reply["articleList"].as_array().unwrap().clone());
    }
    let expected: Vec<Value> = finfo.running.edit(|stock| {
        let rows = stock.rows(SUPPLIER);
        rows.iter()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect()
    });
    assert_eq!(rows, expected);
    let distinct: BTreeSet<_> = rows.iter().map(number).collect();
    assert_eq!(distinct.len(), 250, "one article stands in two agreements");
    let behind = finfo.get(&page(251, 100)).json();
    assert_eq!(
        (&behind["articleList"], &behind["pagination"]["totalCount"]),
        (&json!([]), &json!(251))
    );
    assert_eq!(finfo.running.counters().rows, 251);
    assert_eq!(finfo.running.counters().requests_of("/v2.2/article"), 4);
}

#[test]
fn single_articles_are_found_by_each_of_their_numbers() {
    let finfo = plain(30);
    let row = &finfo.list(&page(7, 1))[0];
    let text = |name: &str| row[name].as_str().unwrap();
    for query in [
        format!("finfoArticleId={}", text("finfoArticleId")),
        format!("gtin={}", text("gtin")),
        format!(
            "finfoSupplierId={SUPPLIER}&supplierArticleId={}",
            text("supplierArticleNumber")
        ),
    ] {
        assert_eq!(
            &finfo.list(&format!("/v2.2/article?{query}")),
            std::slice::from_ref(row),
            "{query}"
        );
    }
    let nothing = finfo.get("/v2.2/article?finfoArticleId=7");
    assert_eq!((nothing.status, nothing.body.len()), (204, 0));
    let broken = finfo.get("/v2.2/article?supplierArticleId=A");
    assert_eq!(
        (broken.status, &broken.json()["status"]),
        (400, &json!(400))
    );
    assert_eq!(finfo.get("/v9.9/article").status, 404);
}

#[test]
fn without_data_the_answer_is_an_empty_list_if_that_is_wanted() {
    let finfo = start(
        FinfoSandbox::builder()
            .supplier(SUPPLIER, "Fäste AB", 1)
            .empty_lists(),
    );
    let reply = finfo.get("/v2.2/article?finfoArticleId=7").json();
    assert_eq!(
        reply,
        json!({"pagination": {"offset": 0, "limit": 0, "totalCount": 0}, "articleList": []})
    );
}

#[test]
fn a_period_ends_before_its_last_day_in_version_1_and_with_it_in_version_2() {
    let mut finfo = plain(3);
    let articles = finfo.running.edit(|stock| stock.articles(SUPPLIER));
    for (place, hours) in [(0, 24), (1, 48), (2, 72)] {
        let article = articles[place];
        let at = finfo.running.now() + TimeDelta::hours(hours);
        finfo.running.plan(at, move |stock| {
            stock.set(article, "brand", Some("\"Ögla\""));
        });
    }
    finfo.running.advance(TimeDelta::hours(71));
    finfo.log_in();
    let of = |places: &[usize]| {
        places
            .iter()
            .map(|place| u64::from(articles[*place]))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        finfo.changed("/v2.2/article", "2026-01-16", "2026-01-17"),
        of(&[0, 1])
    );
    for path in [
        "/v1.0/article/period",
        "/v1.0/article/fin20text/noprice/period",
    ] {
        assert_eq!(
            finfo.changed(path, "2026-01-16", "2026-01-17"),
            of(&[0]),
            "{path}"
        );
    }
    let moment = "2026-01-17T12:00:00.000Z";
    assert_eq!(
        finfo.changed("/v2.2/article", moment, moment),
        of(&[1]),
        "both ends belong to it"
    );
    assert_eq!(
        finfo.changed("/v2.2/article", "2026-01-17T12:00:00.001Z", "2026-01-19"),
        of(&[])
    );
    finfo.running.advance(TimeDelta::hours(1));
    assert_eq!(
        finfo.running.now().to_rfc3339(),
        "2026-01-18T12:00:00+00:00"
    );
    assert_eq!(
        finfo.get(&page(0, 3)).status,
        401,
        "meanwhile the token has expired"
    );
}

#[test]
fn version_1_writes_texts_and_leaves_prices_out_where_its_path_says_so() {
    let finfo = plain(3);
    let with = &finfo.list(&format!(
        "/v1.0/article/supplier?finfoSupplierId={SUPPLIER}"
    ))[0];
    assert!(with["basePrice"].is_string() && with["primaryPackageWeight"].is_string());
    let without = &finfo.list(&format!(
        "/v1.0/article/fin20text/noprice/supplier?finfoSupplierId={SUPPLIER}"
    ))[0];
    assert!(
        without.get("basePrice").is_none() && without["finfoArticleId"] == with["finfoArticleId"]
    );
    let id = with["finfoArticleId"].as_str().unwrap();
    assert_eq!(
        finfo
            .list(&format!("/v1.0/article/item?finfoArticleId={id}"))
            .len(),
        1
    );
    assert_eq!(finfo.get("/v1.0/article/item").status, 400);
}

#[test]
fn files_stand_where_their_addresses_say_with_the_checksums_that_are_told() {
    let finfo = plain(12);
    let elements = finfo.list(&format!(
        "/v2.2/media?finfoSupplierId={SUPPLIER}&offset=0&limit=100"
    ));
    assert_eq!(elements.len(), 4);
    let prefix = finfo.running.url();
    let file = |url: &Value| {
        let path = url
            .as_str()
            .and_then(|url| url.strip_prefix(&prefix))
            .unwrap()
            .to_owned();
        finfo.client().ok(Send::new("GET", &path))
    };
    for element in &elements {
        assert_eq!(element["identifiers"]["finfoSupplierId"], SUPPLIER);
        let picture = file(&element["heroImage"]["url"]);
        assert_eq!(
            (picture.status, picture.header("content-type")),
            (200, Some("image/png"))
        );
        assert!(picture.body.starts_with(b"\x89PNG"));
        assert_eq!(
            element["heroImage"]["checksum"].as_str().map(str::len),
            Some(32)
        );
    }
    let documents = elements
        .iter()
        .filter_map(|element| element["documents"].get(0));
    let documents: Vec<_> = documents.map(|document| file(&document["url"])).collect();
    assert!(!documents.is_empty() && documents.iter().all(|pdf| pdf.body.starts_with(b"%PDF")));
    let sheets = finfo.list("/v2.2/media?contentType=safetyDataSheet&gtin=0");
    assert!(sheets.is_empty());
    assert!(finfo.running.counters().asset_bytes > 0);
}

#[test]
fn a_file_is_read_on_from_a_byte_and_another_edition_has_another_address() {
    let finfo = plain(3);
    let hero = || {
        finfo
            .list(&format!(
                "/v2.2/media?finfoSupplierId={SUPPLIER}&offset=0&limit=1"
            ))
            .remove(0)["heroImage"]
            .clone()
    };
    let path = |hero: &Value| {
        hero["url"]
            .as_str()
            .unwrap()
            .replace(&finfo.running.url(), "")
    };
    let before = hero();
    let target = path(&before);
    let whole = finfo.client().ok(Send::new("GET", &target));
    let rest = finfo
        .client()
        .ok(Send::new("GET", &target).header("range", "bytes=100-"));
    assert_eq!((rest.status, &rest.body[..]), (206, &whole.body[100..]));
    let head = finfo.client().ok(Send::new("HEAD", &target));
    assert_eq!(
        head.header("content-length"),
        Some(&*whole.body.len().to_string())
    );
    let article = finfo.running.edit(|stock| stock.articles(SUPPLIER)[1]);
    finfo.running.edit(|stock| {
        stock.change_picture(article);
    });
    let after = hero();
    assert!(after["url"] != before["url"] && after["checksum"] != before["checksum"]);
    assert_eq!(finfo.client().ok(Send::new("GET", &target)).status, 404);
    finfo.running.edit(|stock| {
        stock.picture_address(article, Some("http://10.0.0.1/../x"));
    });
    assert_eq!(hero()["url"], "http://10.0.0.1/../x");
    finfo.running.edit(|stock| {
        stock.remove_picture(article);
    });
    assert_eq!(
        finfo
            .get(&format!(
                "/v2.2/media?finfoSupplierId={SUPPLIER}&offset=0&limit=1"
            ))
            .status,
        204
    );
}

#[test]
fn other_datasets_name_the_article_as_each_of_them_does() {
    let finfo = plain(3);
    let article = finfo
        .running
        .edit(|stock| stock.articles(SUPPLIER)[1])
        .to_string();
    for (path, field) in [
        ("/v2.0/climate", "finfoArticleId"),
        ("/v1.0/environment", "finfoArticleId"),
        ("/v1.0/etim", "articleId"),
        ("/v1.1/sustainability", "finfoNumber"),
    ] {
        let rows = finfo.list(&format!(
            "{path}?finfoSupplierId={SUPPLIER}&offset=0&limit=10"
        ));
        assert_eq!(
            (rows.len(), &rows[0][field]),
            (1, &json!(article)),
            "{path}"
        );
    }
    finfo.running.edit(|stock| {
        stock.order(SUPPLIER, false);
    });
    assert_eq!(
        finfo
            .list(&format!("/v2.0/climate?finfoArticleId={article}"))
            .len(),
        1,
        "of another supplier"
    );
    assert_eq!(
        finfo
            .get(&format!("/v2.2/article?finfoArticleId={article}"))
            .status,
        204
    );
}

#[test]
fn lists_move_and_pages_go_wrong_as_they_are_told_to() {
    let finfo = plain(20);
    let first = |finfo: &Finfo, offset| number(&finfo.list(&page(offset, 5))[0]);
    let undisturbed = first(&finfo, 5);
    finfo.running.set_drift(Some(Drift::Insert { every: 2 }));
    assert_eq!(first(&finfo, 5), undisturbed);
    assert_eq!(first(&finfo, 5), undisturbed - 1, "one came in front");
    finfo.running.set_drift(Some(Drift::Swap { every: 1 }));
    assert_eq!(
        finfo.get(&page(0, 5)).json()["pagination"]["totalCount"],
        21
    );
    finfo.running.set_drift(Some(Drift::Remove { every: 1 }));
    assert_eq!(
        finfo.get(&page(0, 5)).json()["pagination"]["totalCount"],
        20
    );
    finfo.running.set_drift(Some(Drift::Short { every: 1 }));
    assert_eq!(finfo.list(&page(0, 5)).len(), 4);
    finfo.running.set_drift(Some(Drift::Repeat { every: 2 }));
    let before = finfo.list(&page(0, 5));
    let repeated = finfo.get(&page(5, 5)).json();
    assert_eq!(
        (&repeated["articleList"], &repeated["pagination"]["offset"]),
        (&json!(before), &json!(5))
    );
}

#[test]
fn calls_are_limited_and_tokens_expire_early_where_that_is_set() {
    let time = Arc::new(AtomicI64::new(0));
    let shared = Arc::clone(&time);
    let running = FinfoSandbox::builder()
        .supplier(SUPPLIER, "Fäste AB", 1)
        .calls_per_second(2)
        .clock(move || {
            DateTime::from_timestamp(1_768_478_400 + shared.load(Ordering::SeqCst), 0).unwrap()
        })
        .start_blocking()
        .unwrap();
    let mut finfo = Finfo {
        running,
        token: String::new(),
    };
    finfo.log_in();
    let statuses = |finfo: &Finfo, count| {
        (0..count)
            .map(|_| finfo.get(&page(0, 1)).status)
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses(&finfo, 3), [200, 200, 429]);
    assert_eq!(finfo.get(&page(0, 1)).header("retry-after"), Some("1"));
    time.store(1, Ordering::SeqCst);
    assert_eq!(statuses(&finfo, 1), [200]);
    finfo.running.set_calls_per_second(0);
    // Three requests have passed the limit so far.
    finfo.running.set_tokens_expire_every(5);
    assert_eq!(statuses(&finfo, 3), [200, 401, 401]);
    finfo.log_in();
    assert_eq!(statuses(&finfo, 1), [200]);
    assert_eq!(finfo.running.grants().needless, 0, "the token was gone");
    assert_eq!(finfo.running.counters().statuses[&429], 2);
}

#[test]
fn faults_strike_the_chosen_requests() {
    let finfo = plain(5);
    let plan = FaultPlan::none()
        .with(FaultRule::nth(1, Fault::status(429)).path("/v2.2/article"))
        .with(FaultRule::nth(2, Fault::cut_body()).path("/v2.2/article"))
        .with(FaultRule::nth(3, Fault::status(500)).path("/v2.2/article"));
    finfo.running.set_faults(plan);
    assert_eq!(finfo.get(&page(0, 5)).status, 429);
    assert!(matches!(finfo.try_get(&page(0, 5)), Err(Lost::Cut(part)) if !part.is_empty()));
    assert_eq!(finfo.get(&page(0, 5)).status, 500);
    assert_eq!(finfo.get(&page(0, 5)).status, 200);
    assert_eq!(
        finfo
            .running
            .requests()
            .iter()
            .filter(|request| request.fault.is_some())
            .count(),
        3
    );
}

#[test]
fn a_person_controls_it_from_another_process() {
    let finfo = start(FinfoSandbox::builder().with_demo_data());
    let post = |target: &str| finfo.client().ok(Send::new("POST", target).body(""));
    let done = post("/sandbox/changes").json();
    assert_eq!(
        (&done["new"], &done["renumbered"], &done["replaced"]),
        (&json!(4), &json!(4), &json!(4))
    );
    assert_eq!(
        post("/sandbox/advance?seconds=900").json()["now"],
        "2026-01-15T12:15:00+00:00"
    );
    assert_eq!(finfo.get("/v1.0/suppliers/mysuppliers").status, 401);
    let told = finfo
        .client()
        .ok(Send::new("GET", "/sandbox/counters"))
        .json();
    assert_eq!(
        told["requests"],
        json!({TOKEN: 1, "/v1.0/suppliers/mysuppliers": 1})
    );
    assert_eq!(
        (&told["grants"]["password"], &told["suspended"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(post("/sandbox/advance").status, 400);
    assert_eq!(post("/sandbox/else").status, 404);
    assert_eq!(
        finfo
            .client()
            .ok(Send::new("GET", "/sandbox/changes"))
            .status,
        405
    );
}

#[test]
fn the_demo_data_can_be_read_whole() {
    let finfo = start(FinfoSandbox::builder().with_demo_data());
    for (id, name, articles) in demo::SUPPLIERS {
        let reply = finfo
            .get(&format!(
                "/v2.2/article?finfoSupplierId={id}&offset=0&limit=1000"
            ))
            .json();
        let total = reply["pagination"]["totalCount"].as_u64().unwrap();
        let agreements = (articles as u64).div_ceil(25);
        assert_eq!(total, articles as u64 + agreements, "{name}");
        for row in reply["articleList"].as_array().unwrap() {
            assert_eq!(row["supplierId"], id);
            assert!(
                row["gtin"]
                    .as_str()
                    .unwrap()
                    .parse::<finkit_core::Gtin>()
                    .is_ok()
            );
        }
    }
    let (id, ..) = demo::SUPPLIERS[0];
    let since = |day| {
        format!("/v2.2/article?finfoSupplierId={id}&changed-from-date={day}&offset=0&limit=1")
    };
    assert_eq!(
        finfo.get(&since("2025-12-17")).status,
        204,
        "nothing is new"
    );
    assert_eq!(finfo.get(&since("2025-12-16")).status, 200);
    let summary = finfo.running.summary().to_string();
    assert!(
        summary.contains("Norrfäste AB (1248 rows)") && summary.contains("FINKIT_FINFO_URL="),
        "{summary}"
    );
}

/// Values for the parameters of the document, so that every operation can be called from it alone.
fn value(parameter: &Value, row: &Value) -> String {
    match parameter["name"].as_str().unwrap() {
        "finfoSupplierId" => SUPPLIER.to_owned(),
        "supplierArticleId" => row["supplierArticleNumber"].as_str().unwrap().to_owned(),
        "finfoArticleId" => row["finfoArticleId"].as_str().unwrap().to_owned(),
        "gtin" => row["gtin"].as_str().unwrap().to_owned(),
        "changed-from-date" => "2026-01-15".to_owned(),
        "changed-to-date" => "2026-01-16".to_owned(),
        "offset" => "0".to_owned(),
        "limit" => parameter["schema"]["maximum"].to_string(),
        _ => parameter["schema"]["enum"][0].as_str().unwrap().to_owned(),
    }
}

#[test]
fn every_operation_of_the_document_answers_with_what_the_document_says() {
    let finfo = plain(3);
    let document = finfo.client().ok(Send::new("GET", "/openapi.json")).json();
    assert_eq!(document["servers"][0]["url"], "http://sandbox.test");
    let row = finfo.list(&page(1, 1)).remove(0);
    let mut called = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let operation = &methods["get"];
        let mut target = path.clone();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().unwrap() {
            let (name, value) = (parameter["name"].as_str().unwrap(), value(parameter, &row));
            if parameter["in"] == "path" {
                target = target.replace(&format!("{{{name}}}"), &value);
            } else {
                query.push(format!("{name}={value}"));
            }
        }
        let reply = finfo.get(&format!("{target}?{}", query.join("&")));
        assert_eq!(
            reply.status,
            200,
            "{target}: {}",
            String::from_utf8_lossy(&reply.body)
        );
        let answer = reply.json();
        let name = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
            .as_str()
            .unwrap();
        let schema = document.pointer(name.trim_start_matches('#')).unwrap();
        match schema["type"].as_str() {
            Some("array") => assert!(answer.is_array(), "{name}"),
            _ if schema["properties"].get("articleList").is_some() => {
                let properties = &schema["properties"]["articleList"]["items"]["properties"];
                let row = answer["articleList"][0].as_object().unwrap();
                assert!(
                    row.keys().all(|field| properties.get(field).is_some()),
                    "{name}: {row:?}"
                );
            }
            _ => assert!(answer.is_object(), "{name}"),
        }
        called += 1;
    }
    assert_eq!(called, 17);
}
