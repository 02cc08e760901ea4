//! Pages: in order, with several in flight, and read again when the list moved.

use finkit_finfo::catalogue::Dataset;
use finkit_finfo::{Drift, Error, ErrorKind, PageEvent, PageOptions, Pages, Query};
use futures_util::StreamExt as _;

use crate::model::{Fault, Model, Order};

fn read(model: &Model, size: u32) -> Pages {
    read_with(model, PageOptions::default().page_size(size))
}

fn read_with(model: &Model, options: PageOptions) -> Pages {
    let query = Query::new().supplier("1".parse().expect("a supplier"));
    model
        .client()
        .pages(Dataset::Article, query, options)
        .expect("a sound query")
}

/// The articles of the last pass, what was noticed, and how it ended.
async fn all(mut pages: Pages) -> (Vec<u32>, Vec<Drift>, Option<Error>) {
    let (mut articles, mut drifts) = (Vec::new(), Vec::new());
    while let Some(event) = pages.next().await {
        match event {
            Ok(PageEvent::Page(page)) => {
                assert_eq!(
                    page.from(),
                    articles.len() as u64,
                    "in order and without gaps"
                );
                let ids = page
                    .articles()
                    .map(|article| article.finfo_article_id().value().expect("a number").get());
                articles.extend(ids);
                assert_eq!(page.next(), articles.len() as u64);
            }
            Ok(PageEvent::Again { why, .. }) => {
                drifts.push(why);
                articles.clear();
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => return (articles, drifts, Some(error)),
        }
    }
    (articles, drifts, None)
}

async fn whole(pages: Pages) -> (Vec<u32>, Vec<Drift>) {
    let (articles, drifts, error) = all(pages).await;
    assert!(error.is_none(), "{error:?}");
    (articles, drifts)
}

#[tokio::test]
async fn all_rows_come_once_and_in_order_whatever_the_size_of_a_page() {
    for count in [0, 1, 2, 3, 9, 10, 11, 19, 20, 100] {
        for size in [2, 3, 10, 1000] {
            let model = Model::with_articles("1", count);
            let (articles, drifts) = whole(read(&model, size)).await;
            assert_eq!(
                articles,
                (1..=count).collect::<Vec<_>>(),
                "{count} by {size}"
            );
            assert_eq!(drifts, []);
        }
    }
}

#[tokio::test]
async fn pages_overlap_by_one_row_and_nothing_needless_is_asked() {
    let model = Model::with_articles("1", 25);
    whole(read(&model, 10)).await;
    let mut offsets: Vec<_> = model
        .requests()
        .iter()
        .map(|request| request.split_once("offset=").expect("a page").1.to_owned())
        .collect();
    offsets.sort();
    assert_eq!(offsets, ["0&limit=10", "18&limit=10", "9&limit=10"]);
}

#[tokio::test]
async fn several_pages_are_in_flight_and_never_more_than_allowed() {
    let model = Model::with_articles("1", 200);
    let options = PageOptions::default().page_size(10).ahead(4);
    let mut pages = read_with(&model, options);
    pages.next().await.expect("a page").expect("good");
    pages.next().await.expect("a page").expect("good");
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let asked = model.requests().len();
    assert!(
        (4..=6).contains(&asked),
        "{asked} requests for two pages that were taken"
    );
    drop(pages);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        model.requests().len(),
        asked,
        "nothing goes on after the end"
    );
}

#[tokio::test]
async fn a_consumer_that_keeps_its_pages_does_not_block() {
    let model = Model::with_articles("1", 100);
    let options = PageOptions::default().page_size(5).ahead(2);
    let kept: Vec<_> = read_with(&model, options).into_stream().collect().await;
    assert_eq!(kept.len(), 25);
    let rows: Vec<_> = read_with(&model, options).rows().collect().await;
    assert_eq!(rows.len(), 100);
    let last = rows[99].as_ref().expect("a row").article();
    assert_eq!(
        last.finfo_article_id()
            .value()
            .map(finkit_core::FinfoArticleId::get),
        Some(100)
    );
}

#[tokio::test]
async fn a_service_with_smaller_pages_is_understood() {
    let model = Model::with_articles("1", 100);
    model.state().largest_page = 7;
    assert_eq!(whole(read(&model, 50)).await, ((1..=100).collect(), vec![]));
}

#[tokio::test]
async fn a_first_page_that_was_short_once_does_not_make_small_pages() {
    let model = Model::with_articles("1", 100);
    model.faults([Fault::Short]);
    assert_eq!(whole(read(&model, 20)).await.0.len(), 100);
    assert!(model.requests().len() <= 7, "{:?}", model.requests());
}

#[tokio::test]
async fn without_a_total_the_end_is_an_empty_page() {
    for count in [0, 1, 9, 10, 11, 19, 20] {
        let model = Model::with_articles("1", count);
        model.state().tells_total = false;
        assert_eq!(
            whole(read(&model, 10)).await,
            ((1..=count).collect(), vec![]),
            "{count}"
        );
    }
}

#[tokio::test]
async fn rows_that_come_or_go_while_reading_are_noticed_and_everything_is_read_again() {
    let model = Model::with_articles("1", 50);
    model.before_request(3, |state, now| state.put("1", 60, "", 1, now));
    let (articles, drifts) = whole(read_with(
        &model,
        PageOptions::default().page_size(10).ahead(1),
    ))
    .await;
    assert_eq!(
        drifts,
        [Drift::Total {
            was: 50,
            is: Some(51)
        }]
    );
    assert_eq!(articles.len(), 51);

    let model = Model::with_articles("1", 50);
    model.before_request(4, |state, _| state.remove("1", 2));
    let (articles, drifts) = whole(read_with(
        &model,
        PageOptions::default().page_size(10).ahead(1),
    ))
    .await;
    assert_eq!(
        drifts,
        [Drift::Total {
            was: 50,
            is: Some(49)
        }]
    );
    assert_eq!(articles.len(), 49);
}

#[tokio::test]
async fn a_shift_that_leaves_the_total_alone_is_noticed_at_the_seam() {
    let model = Model::with_articles("1", 50);
    model.before_request(3, |state, now| {
        // One goes at the beginning, one comes at the end: row 11 moves to where it has been read already.
        state.remove("1", 2);
        state.put("1", 60, "", 1, now);
    });
    let (articles, drifts) = whole(read_with(
        &model,
        PageOptions::default().page_size(10).ahead(1),
    ))
    .await;
    assert_eq!(drifts, [Drift::Seam { at: 18 }]);
    let expected: Vec<u32> = (1..=50).filter(|id| *id != 2).chain([60]).collect();
    assert_eq!(articles, expected);
}

#[tokio::test]
async fn an_edit_that_moves_a_row_is_noticed_and_one_that_does_not_is_none_of_our_business() {
    let model = Model::with_articles("1", 50);
    model.state().order = Order::LastChange;
    model.before_request(3, |state, now| state.put("1", 5, "", 999, now));
    let (articles, drifts) = whole(read_with(
        &model,
        PageOptions::default().page_size(10).ahead(1),
    ))
    .await;
    assert_eq!(drifts.len(), 1);
    assert_eq!(articles.last(), Some(&5));
    assert_eq!(articles.len(), 50);

    let model = Model::with_articles("1", 50);
    // The very row at the seam.
    model.before_request(3, |state, now| state.put("1", 19, "", 999, now));
    let (articles, drifts) = whole(read_with(
        &model,
        PageOptions::default().page_size(10).ahead(1),
    ))
    .await;
    assert_eq!((articles.len(), drifts), (50, vec![]));
}

#[tokio::test]
async fn a_short_page_in_the_middle_is_noticed() {
    let model = Model::with_articles("1", 50);
    model.faults([Fault::None, Fault::None, Fault::Short]);
    let (articles, drifts) = whole(read_with(
        &model,
        PageOptions::default().page_size(10).ahead(1),
    ))
    .await;
    assert_eq!(
        drifts,
        [Drift::Rows {
            at: 18,
            expected: 10,
            found: 5
        }]
    );
    assert_eq!(articles.len(), 50);
}

#[tokio::test]
async fn a_service_that_repeats_its_first_page_ends_in_an_error_and_not_in_a_loop() {
    for tells_total in [true, false] {
        let model = Model::with_articles("1", 50);
        model.state().ignores_offset = true;
        model.state().tells_total = tells_total;
        let (_, drifts, error) = all(read_with(
            &model,
            PageOptions::default().page_size(10).ahead(1),
        ))
        .await;
        assert_eq!(drifts, [Drift::Repeated { at: 9 }; 2]);
        let error = error.expect("never the same list");
        assert_eq!(error.kind(), ErrorKind::Drift);
        assert_eq!(
            error.to_string(),
            "article of supplier 1: the list did not stand still in 3 readings: the page at row 9 repeats the one before"
        );
        assert!(model.requests().len() <= 9);
    }
}

#[tokio::test]
async fn a_cut_page_is_asked_for_again() {
    for fault in [
        Fault::CutJson,
        Fault::CutBody,
        Fault::Throttle(1),
        Fault::Status(500),
        Fault::DeadToken,
    ] {
        let model = Model::with_articles("1", 50);
        model.faults([Fault::None, fault.clone(), Fault::None, fault.clone()]);
        let (articles, drifts) = whole(read(&model, 10)).await;
        assert_eq!((articles.len(), drifts), (50, vec![]), "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_that_stays_broken_is_an_error() {
    let model = Model::with_articles("1", 50);
    model.faults([Fault::CutJson, Fault::CutJson, Fault::CutJson]);
    let (_, _, error) = all(read(&model, 10)).await;
    let error = error.expect("broken");
    assert_eq!(error.kind(), ErrorKind::NotUnderstood);
    assert_eq!(model.requests().len(), 3);
}

#[tokio::test]
async fn rows_of_several_agreements_all_come() {
    let model = Model::new();
    let now = chrono::DateTime::UNIX_EPOCH;
    for id in 1..=30 {
        for agreement in ["A", "B", "C"] {
            model.state().put("1", id, agreement, 1, now);
        }
    }
    let (articles, drifts) = whole(read(&model, 10)).await;
    assert_eq!((articles.len(), drifts), (90, vec![]));
}

#[tokio::test]
async fn whoever_stops_waiting_for_a_page_can_wait_again() {
    let model = Model::with_articles("1", 30);
    let mut pages = read(&model, 10);
    let mut rows = 0;
    for _ in 0..1000 {
        let next = std::pin::pin!(pages.next());
        // Polled once and dropped.
        match futures_util::FutureExt::now_or_never(next) {
            Some(Some(Ok(PageEvent::Page(page)))) => rows += page.len(),
            Some(None) => break,
            _ => tokio::task::yield_now().await,
        }
    }
    assert_eq!(rows, 30);
}
