//! Tokens: how rarely one is asked for, whatever the service and the callers do.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{
    Clock as _, ErrorKind, FileVault, Limits, ManualClock, MemoryVault, Outcome, SendErrorKind,
    TokenRequest, TokenSource, TokenVault as _, Transport, VaultEntry,
};

use crate::support::{
    API, READ, SEARCH, Slow, account, authorised, bearer, bench_with, form, get, giving,
    is_token_request, read, run, seconds, spawn_call, token, token_requests, url,
};

#[tokio::test]
async fn a_token_is_asked_for_once_and_sent_with_every_call() {
    let bench = authorised(giving(900, true), |tokens| tokens);
    for _ in 0..5 {
        read(&bench).await;
    }
    assert_eq!(token_requests(&bench.http), 1);
    assert_eq!(bench.transport.token_requests(), 1);
    let requests = bench.http.requests();
    assert_eq!(
        form(&requests[0]),
        "grant_type=password&client_id=client&username=user&password=pw"
    );
    assert!(requests[0].headers().get("authorization").is_none());
    assert_eq!(
        requests[0]
            .extensions()
            .get::<Limits>()
            .map(|limits| limits.body),
        Some(64 * 1024)
    );
    for call in &requests[1..] {
        assert_eq!(bearer(call), "access-1");
        assert!(call.headers()["authorization"].is_sensitive());
    }
}

#[tokio::test]
async fn unauthorised_operations_neither_ask_for_a_token_nor_send_one() {
    let bench = authorised(ScriptedHttp::new().then(Reply::json("{}")), |tokens| tokens);
    bench
        .transport
        .call(&READ, get("/"))
        .await
        .expect("an answer");
    assert_eq!(bearer(&bench.http.requests()[0]), "");
}

#[tokio::test]
async fn a_run_a_minute_for_fourteen_minutes_makes_one_request_and_ten_hours_at_most_41() {
    let (http, clock, vault) = (
        giving(900, true),
        Arc::new(ManualClock::new()),
        MemoryVault::new(),
    );
    for minute in 0..600 {
        let transport = run(&http, &clock, &vault, "pw");
        transport
            .call(&SEARCH, get("/search"))
            .await
            .expect("an answer");
        if minute == 13 {
            assert_eq!(token_requests(&http), 1);
        }
        clock.advance(seconds(60));
    }
    let asked = token_requests(&http);
    assert!(asked <= 41, "{asked} token requests in ten hours");
    let forms: Vec<String> = http
        .requests()
        .iter()
        .filter(|request| is_token_request(request))
        .map(form)
        .collect();
    assert_eq!(
        forms
            .iter()
            .filter(|form| form.contains("grant_type=password"))
            .count(),
        1,
        "the session is renewed"
    );
}

#[tokio::test]
async fn short_odd_and_missing_lives_never_make_a_request_per_call() {
    for (life, longest) in [
        ("900", 900_u64),
        ("60", 60),
        ("5", 10),
        ("1", 10),
        ("0", 10),
        ("-30", 10),
        ("\"900\"", 900),
        ("1e18", 86_400),
        ("null", 300),
    ] {
        let body = format!(r#"{{"access_token":"a","token_type":"bearer","expires_in":{life}}}"#);
        let http = ScriptedHttp::new().otherwise(move |request| {
            if is_token_request(request) {
                Reply::json(body.clone())
            } else {
                Reply::json("{}")
            }
        });
        let bench = authorised(http, |tokens| tokens);
        let start = bench.clock.monotonic();
        for _ in 0..200 {
            read(&bench).await;
            bench.clock.advance(seconds(1));
        }
        let passed = (bench.clock.monotonic() - start).as_secs();
        let allowed =
            1 + passed.div_ceil((longest * 9 / 10).max(longest.saturating_sub(60)).max(10));
        let asked = token_requests(&bench.http) as u64;
        assert!(
            asked <= allowed,
            "expires_in {life}: {asked} requests in {passed} s, allowed {allowed}"
        );
    }
}

#[tokio::test]
async fn the_life_counts_from_before_the_request() {
    let clock = Arc::new(ManualClock::new());
    let http = ScriptedHttp::new().otherwise({
        let clock = Arc::clone(&clock);
        move |request| {
            if is_token_request(request) {
                clock.advance(seconds(15));
            }
            token("a", 100, None)
        }
    });
    let transport = Transport::builder(Arc::new(http))
        .clock(clock.clone())
        .tokens(account("pw"))
        .build();
    let before = clock.now();
    transport.authorise().await.expect("a token");
    let status = transport.token_status().await.expect("readable");
    assert_eq!(status.expires_at, Some(before + TimeDelta::seconds(100)));
}

#[tokio::test]
async fn a_session_that_has_ended_costs_one_refused_renewal_and_one_sign_in() {
    let http = ScriptedHttp::new()
        .then(token("a", 900, Some("r")))
        .then(Reply::json("{}"))
        .then(
            Reply::status(400)
                .body(r#"{"error":"invalid_grant","error_description":"Token is not active"}"#),
        )
        .then(token("b", 900, Some("s")))
        .then(Reply::json("{}"));
    let bench = authorised(http, |tokens| tokens);
    read(&bench).await;
    bench.clock.advance(seconds(1_000));
    read(&bench).await;
    let forms: Vec<String> = bench
        .http
        .requests()
        .iter()
        .filter(|request| is_token_request(request))
        .map(form)
        .collect();
    assert_eq!(forms.len(), 3);
    assert!(forms[1].contains("refresh_token=r") && forms[2].contains("grant_type=password"));
}

#[tokio::test]
async fn a_refresh_token_that_is_known_to_have_ended_is_not_tried() {
    let bench = authorised(giving(900, true), |tokens| tokens);
    read(&bench).await;
    bench.clock.advance(seconds(1_801));
    read(&bench).await;
    assert!(form(&bench.http.requests()[2]).contains("grant_type=password"));
}

#[tokio::test]
async fn trouble_at_the_endpoint_never_clears_the_refresh_token() {
    let troubles: [&[Reply]; 4] = [
        &[Reply::status(503), Reply::status(503), Reply::status(503)],
        &[
            Reply::status(500).body("oops"),
            Reply::status(502),
            Reply::status(504),
        ],
        &[Reply::status(200).html("<html>Welcome to the hotel</html>")],
        &[
            Reply::fail(SendErrorKind::Connect),
            Reply::fail(SendErrorKind::Connect),
            Reply::fail(SendErrorKind::Connect),
        ],
    ];
    for trouble in troubles {
        let http = ScriptedHttp::new()
            .then(token("a", 900, Some("r")))
            .then(Reply::json("{}"));
        let bench = authorised(http.clone(), |tokens| tokens);
        read(&bench).await;
        bench.clock.advance(seconds(1_000));
        trouble.iter().for_each(|reply| http.push(reply.clone()));
        let error = bench
            .transport
            .call(&SEARCH, get("/"))
            .await
            .expect_err("no token");
        assert_eq!(
            error.outcome(),
            Outcome::NotSent,
            "the call itself never left"
        );
        assert_eq!(http.left(), 0, "{error}");
        // The endpoint recovers: the same refresh token is sent again.
        http.push(token("b", 900, Some("s")));
        http.push(Reply::json("{}"));
        bench.clock.advance(seconds(60));
        read(&bench).await;
        let requests = http.requests();
        assert!(form(&requests[requests.len() - 2]).contains("refresh_token=r"));
    }
}

#[tokio::test]
async fn a_brief_hiccup_at_the_endpoint_is_bridged_within_three_requests() {
    let http = ScriptedHttp::new()
        .then(token("a", 900, Some("r")))
        .then(Reply::json("{}"))
        .then(Reply::status(503))
        .then(Reply::status(503))
        .then(token("b", 900, Some("s")))
        .then(Reply::json("{}"));
    let bench = authorised(http, |tokens| tokens);
    read(&bench).await;
    bench.clock.advance(seconds(1_000));
    read(&bench).await;
    assert_eq!(token_requests(&bench.http), 4);
}

#[tokio::test]
async fn a_token_that_is_still_alive_outlives_a_failed_renewal_without_hammering() {
    let http = ScriptedHttp::new().otherwise(|request| {
        if !is_token_request(request) {
            Reply::json("{}")
        } else if form(request).contains("grant_type=password") {
            token("a", 900, Some("r"))
        } else {
            Reply::status(500)
        }
    });
    let bench = authorised(http, |tokens| tokens);
    read(&bench).await;
    bench.clock.advance(seconds(845));
    for _ in 0..20 {
        assert_eq!(read(&bench).await.status(), 200);
    }
    assert_eq!(
        token_requests(&bench.http),
        1 + 3,
        "one exchange of three attempts for all twenty calls"
    );
}

#[tokio::test]
async fn a_lost_answer_to_a_renewal_is_asked_for_once_more_and_then_the_password_helps() {
    let recovered = ScriptedHttp::new()
        .then(token("a", 900, Some("r")))
        .then(Reply::json("{}"))
        .then(Reply::fail(SendErrorKind::Closed))
        .then(token("b", 900, Some("s")))
        .then(Reply::json("{}"));
    let bench = authorised(recovered, |tokens| tokens);
    read(&bench).await;
    bench.clock.advance(seconds(1_000));
    read(&bench).await;
    let requests = bench.http.requests();
    assert_eq!(
        form(&requests[2]),
        form(&requests[3]),
        "the same refresh token"
    );

    let lost_twice = ScriptedHttp::new()
        .then(token("a", 900, Some("r")))
        .then(Reply::json("{}"))
        .then(Reply::fail(SendErrorKind::Closed))
        .then(Reply::fail(SendErrorKind::TimeOut))
        .then(token("b", 900, Some("s")))
        .then(Reply::json("{}"));
    let bench = authorised(lost_twice, |tokens| tokens);
    read(&bench).await;
    bench.clock.advance(seconds(1_000));
    read(&bench).await;
    assert!(form(&bench.http.requests()[4]).contains("grant_type=password"));
}

#[tokio::test]
async fn a_failed_token_request_says_that_it_was_one() {
    let http = ScriptedHttp::new().otherwise(|_| Reply::status(502).html("<html>canary</html>"));
    let bench = authorised(http, |tokens| tokens);
    let error = bench
        .transport
        .call(&SEARCH, get("/search"))
        .await
        .expect_err("no token");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::TokenEndpoint, Outcome::NotSent)
    );
    assert_eq!((error.operation(), error.attempts()), (Some("token"), 3));
    assert_eq!(error.status().map(|status| status.as_u16()), Some(502));
    let text =
        "token at https://api.example.test: no token: the service failed (3 attempts in 0.3 s)";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_request_without_an_answer_still_keeps_the_next_run_from_hurrying() {
    let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
    let http = ScriptedHttp::new().otherwise(|_| Reply::fail(SendErrorKind::TimeOut));
    run(&http, &clock, &vault, "pw")
        .authorise()
        .await
        .expect_err("no answer");
    let before = clock.slept();
    run(&http, &clock, &vault, "pw")
        .authorise()
        .await
        .expect_err("no answer");
    assert!(
        clock.slept() - before >= seconds(9),
        "the second run waits for the interval"
    );

    // What never left holds nobody back.
    let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
    let http = ScriptedHttp::new().otherwise(|_| Reply::fail(SendErrorKind::Connect));
    run(&http, &clock, &vault, "pw")
        .authorise()
        .await
        .expect_err("no connection");
    let before = clock.slept();
    run(&http, &clock, &vault, "pw")
        .authorise()
        .await
        .expect_err("no connection");
    assert!(clock.slept() - before < seconds(2));
}

#[tokio::test]
async fn clock_jumps_cost_at_most_one_request() {
    let bench = authorised(giving(900, true), |tokens| tokens);
    read(&bench).await;
    bench.clock.set_wall(bench.clock.now() - TimeDelta::days(1));
    for _ in 0..5 {
        read(&bench).await;
    }
    assert_eq!(token_requests(&bench.http), 2);
    bench.clock.set_wall(bench.clock.now() + TimeDelta::days(1));
    for _ in 0..5 {
        read(&bench).await;
    }
    assert_eq!(token_requests(&bench.http), 3);
}

#[tokio::test]
async fn a_wall_clock_set_back_does_not_prolong_a_token_in_this_process() {
    let bench = authorised(giving(900, true), |tokens| tokens);
    let wall = bench.clock.now();
    read(&bench).await;
    bench.clock.advance(seconds(2_000));
    bench.clock.set_wall(wall + TimeDelta::seconds(11));
    for _ in 0..5 {
        read(&bench).await;
    }
    assert_eq!(token_requests(&bench.http), 2);
}

#[tokio::test]
async fn a_kept_token_from_the_future_is_not_trusted() {
    let vault = MemoryVault::new();
    let key = account("pw").vault_key();
    let far = r#"{"version":1,"access":{"token":"old","obtained_at":32503680000000,"lifetime_ms":900000},"asked_at":32503680000000}"#;
    let entry = VaultEntry::from_json(far.as_bytes())
        .expect("this version")
        .expect("whole");
    vault
        .try_lock(&key)
        .await
        .expect("works")
        .expect("free")
        .store(&entry)
        .await
        .expect("stored");
    let bench = authorised(giving(900, false), |tokens| tokens.vault(vault));
    read(&bench).await;
    assert_eq!(
        (
            token_requests(&bench.http),
            bearer(&bench.http.requests()[1])
        ),
        (1, "access-1")
    );
    assert_eq!(
        bench.clock.slept(),
        seconds(0),
        "a note from the future holds nobody back"
    );
}

#[tokio::test]
async fn when_the_first_caller_is_cancelled_the_others_go_on_with_its_request() {
    let service = Slow::answering(200);
    let transport = Transport::builder(service.clone())
        .clock(Arc::new(ManualClock::new()))
        .tokens(account("pw"))
        .build();
    let first = spawn_call(&transport);
    while service.asked.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    let others: Vec<_> = (0..5).map(|_| spawn_call(&transport)).collect();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    first.abort();
    assert!(first.await.expect_err("cancelled").is_cancelled());
    service.gate.add_permits(1);
    for other in others {
        assert_eq!(other.await.expect("ran").expect("an answer").status(), 200);
    }
    assert_eq!(service.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn when_all_callers_are_cancelled_the_next_one_asks_anew() {
    let service = Slow::answering(200);
    let transport = Transport::builder(service.clone())
        .clock(Arc::new(ManualClock::new()))
        .tokens(account("pw"))
        .build();
    let call = tokio::spawn({
        let transport = transport.clone();
        async move { transport.authorise().await }
    });
    while service.asked.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    call.abort();
    call.await.expect_err("cancelled");
    service.gate.add_permits(1);
    transport.authorise().await.expect("a token");
    assert_eq!(service.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_hanging_process_with_the_lock_is_waited_for_a_bounded_time_and_nothing_is_sent() {
    let vault = MemoryVault::new();
    let _held = vault
        .try_lock(&account("pw").vault_key())
        .await
        .expect("works")
        .expect("free");
    let bench = authorised(ScriptedHttp::new(), |tokens| tokens.vault(vault.clone()));
    let error = bench.transport.authorise().await.expect_err("busy");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::VaultBusy, Outcome::NotSent)
    );
    assert!(
        bench.clock.slept() >= seconds(60) && bench.clock.slept() < seconds(61),
        "{:?}",
        bench.clock.slept()
    );
}

#[tokio::test]
async fn a_vault_that_cannot_be_written_stops_the_request_before_it_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "a file where a folder should be").expect("written");
    let bench = authorised(ScriptedHttp::new(), |tokens| {
        tokens.vault(FileVault::new(blocked.join("tokens")))
    });
    let error = bench.transport.authorise().await.expect_err("no vault");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Storage, Outcome::NotSent)
    );
    assert!(bench.http.requests().is_empty());
}

#[tokio::test]
async fn the_bare_form_works_without_a_stated_life() {
    let http = ScriptedHttp::new().otherwise(|request| {
        if is_token_request(request) {
            Reply::json(r#"{"access_token":"a","token_type":"bearer"}"#)
        } else {
            Reply::json("{}")
        }
    });
    let request = TokenRequest::bare(url("/token"), "acme", finkit_transport::Password::new("pw"))
        .expect("valid");
    let bench = bench_with(http, |builder| builder.tokens(request));
    read(&bench).await;
    bench.clock.advance(seconds(3_500));
    read(&bench).await;
    assert_eq!(token_requests(&bench.http), 1);
    bench.clock.advance(seconds(50));
    read(&bench).await;
    assert_eq!(token_requests(&bench.http), 2);
    assert_eq!(form(&bench.http.requests()[0]), "username=acme&password=pw");
}

#[tokio::test]
async fn an_api_elsewhere_than_its_token_endpoint_gets_the_token_when_it_is_named() {
    let request = TokenRequest::openid(
        url::Url::parse("https://id.example.test/token").expect("valid"),
        "client",
        "user",
        finkit_transport::Password::new("pw"),
    );
    let api = finkit_transport::Origin::of(&url("/")).expect("https");
    let tokens = TokenSource::builder(request.expect("valid"))
        .for_origin(api)
        .build();
    let bench = bench_with(giving(900, false), |builder| builder.tokens(tokens));
    read(&bench).await;
    let hosts: Vec<_> = bench
        .http
        .requests()
        .iter()
        .map(|request| request.uri().host().map(str::to_owned))
        .collect();
    assert_eq!(
        hosts,
        [
            Some("id.example.test".to_owned()),
            Some(API.trim_start_matches("https://").to_owned())
        ]
    );
}
