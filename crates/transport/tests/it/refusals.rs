//! Refusals: a token the API does not take, credentials the token endpoint does not take, and people who insist.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{
    ErrorKind, HttpRequest, HttpResponse, HttpService, ManualClock, MemoryVault, SendError,
    TokenVault as _, Transport,
};
use futures_util::future::join_all;
use tokio::sync::Barrier;

use crate::support::{
    ENTER, SEARCH, Slow, account, authorised, bearer, form, get, giving, is_token_request, post,
    read, run, seconds, spawn_call, token, token_requests,
};

/// A service that answers calls only when all have arrived, and refuses one token.
#[derive(Debug)]
struct RefusingTogether {
    barrier: Barrier,
    requests: Mutex<Vec<(String, String)>>,
}

#[async_trait::async_trait]
impl HttpService for RefusingTogether {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        let (path, carried) = (request.uri().path().to_owned(), bearer(&request).to_owned());
        let asked = {
            let mut requests = self.requests.lock().expect("not poisoned");
            requests.push((path.clone(), carried.clone()));
            requests.iter().filter(|(path, _)| path == "/token").count()
        };
        let mut response = HttpResponse::new(bytes::Bytes::new());
        if path == "/token" {
            let body = format!(
                r#"{{"access_token":"access-{asked}","expires_in":900,"refresh_token":"refresh-{asked}"}}"#
            );
            *response.body_mut() = body.into();
        } else if carried == "access-1" {
            self.barrier.wait().await;
            *response.status_mut() = http::StatusCode::UNAUTHORIZED;
        }
        Ok(response)
    }
}

#[tokio::test]
async fn fifty_calls_refused_together_make_one_renewal_and_are_each_replayed_once() {
    let service = Arc::new(RefusingTogether {
        barrier: Barrier::new(50),
        requests: Mutex::default(),
    });
    let transport = Transport::builder(service.clone())
        .clock(Arc::new(ManualClock::new()))
        .rate(finkit_transport::RateLimit::unlimited().concurrency(50))
        .tokens(account("pw"))
        .build();
    let answers = join_all((0..50).map(|_| transport.call(&ENTER, post("/create")))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|answer| answer.status() == 200))
    );
    let requests = service.requests.lock().expect("not poisoned");
    let count = |path: &str, token: &str| {
        requests
            .iter()
            .filter(|(p, t)| p == path && t == token)
            .count()
    };
    assert_eq!(count("/token", ""), 2, "one sign-in and one renewal");
    assert_eq!(
        (count("/create", "access-1"), count("/create", "access-2")),
        (50, 50)
    );
}

#[tokio::test]
async fn a_refused_create_is_replayed_once_and_then_its_401_is_the_answer() {
    let http = ScriptedHttp::new()
        .then(token("a", 900, Some("r")))
        .then(Reply::status(401))
        .then(token("b", 900, Some("s")))
        .then(Reply::status(401));
    let bench = authorised(http, |tokens| tokens);
    let answer = bench
        .transport
        .call(&ENTER, post("/create"))
        .await
        .expect("a status is an answer");
    assert_eq!(answer.status(), 401);
    let requests = bench.http.requests();
    assert!(form(&requests[2]).contains("refresh_token=r"));
    assert_eq!((bearer(&requests[1]), bearer(&requests[3])), ("a", "b"));
    assert_eq!(
        bench.transport.spending().spent(),
        (0, 0),
        "401 means not executed"
    );
}

#[tokio::test]
async fn fastapi_403_for_a_missing_token_is_treated_like_401_and_other_403_are_not() {
    let http = ScriptedHttp::new()
        .then(token("a", 900, None))
        .then(Reply::status(403).body(r#"{"detail":"Not authenticated"}"#))
        .then(token("b", 900, None))
        .then(Reply::json("{}"));
    let bench = authorised(http, |tokens| tokens);
    assert_eq!(read(&bench).await.status(), 200);

    let http = ScriptedHttp::new()
        .then(token("a", 900, None))
        .then(Reply::status(403).body(r#"{"detail":"No"}"#));
    let bench = authorised(http, |tokens| tokens);
    assert_eq!(read(&bench).await.status(), 403);
    assert_eq!(token_requests(&bench.http), 1);
}

#[tokio::test]
async fn a_newer_token_of_another_process_is_taken_instead_of_asking() {
    let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
    let first_http = ScriptedHttp::new()
        .then(token("old", 900, Some("r")))
        .then(Reply::json("{}"));
    let first = run(&first_http, &clock, &vault, "pw");
    first.call(&SEARCH, get("/")).await.expect("an answer");
    // Another process renews.
    let second_http = ScriptedHttp::new()
        .then(Reply::status(401))
        .then(token("new", 900, Some("s")))
        .then(Reply::json("{}"));
    run(&second_http, &clock, &vault, "pw")
        .call(&SEARCH, get("/"))
        .await
        .expect("an answer");
    // The first one is refused and finds the new token.
    first_http.push(Reply::status(401));
    first_http.push(Reply::json("{}"));
    let answer = first.call(&SEARCH, get("/")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(token_requests(&first_http), 1);
    assert_eq!(first_http.requests().last().map(bearer), Some("new"));
}

#[tokio::test]
async fn an_api_that_refuses_every_token_does_not_get_a_token_request_per_call() {
    let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
    let count = AtomicUsize::new(0);
    let http = ScriptedHttp::new().otherwise(move |request| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        if is_token_request(request) {
            token(&format!("a{number}"), 900, None)
        } else {
            Reply::status(401)
        }
    });
    for _ in 0..60 {
        let answer = run(&http, &clock, &vault, "pw")
            .call(&SEARCH, get("/"))
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 401);
        clock.advance(seconds(10));
    }
    let asked = token_requests(&http);
    assert!(
        asked <= 9,
        "{asked} token requests in ten minutes of refusals"
    );
}

#[tokio::test]
async fn ten_runs_with_a_bad_password_make_one_request_until_it_changes() {
    for refusal in [
        Reply::status(401)
            .body(r#"{"error":"invalid_grant","error_description":"Invalid user credentials"}"#),
        Reply::status(400).body(r#"{"error":"invalid_request"}"#),
        Reply::status(401).body(r#"{"detail":"Incorrect username or password"}"#),
        Reply::status(401),
    ] {
        let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
        let http = ScriptedHttp::new().then(refusal);
        for number in 0..10 {
            let error = run(&http, &clock, &vault, "bad")
                .authorise()
                .await
                .expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::CredentialsRejected);
            if number > 0 {
                assert!(
                    error
                        .to_string()
                        .contains("not sent again until they change"),
                    "{error}"
                );
            }
            clock.advance(seconds(3_600));
        }
        assert_eq!(http.requests().len(), 1);
        http.push(token("a", 900, None));
        run(&http, &clock, &vault, "good")
            .authorise()
            .await
            .expect("a token");
        assert!(vault_is_clean(&vault).await);
    }
}

#[tokio::test]
async fn signing_out_lets_the_same_credentials_be_tried_again() {
    let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
    let http = ScriptedHttp::new()
        .then(Reply::status(401))
        .then(token("a", 900, None));
    let transport = run(&http, &clock, &vault, "locked for a while");
    transport.sign_in().await.expect_err("refused");
    transport.sign_in().await.expect_err("not sent again");
    assert_eq!(http.requests().len(), 1);
    transport.sign_out().await.expect("forgotten");
    transport.sign_in().await.expect("a token");
}

#[tokio::test]
async fn the_vault_holds_neither_password_nor_user_name() {
    let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
    let http = ScriptedHttp::new().then(Reply::status(401));
    run(&http, &clock, &vault, "canary-password")
        .authorise()
        .await
        .expect_err("refused");
    let entry = vault
        .load(&account("x").vault_key())
        .await
        .expect("works")
        .expect("kept");
    let text = String::from_utf8_lossy(&entry.to_json()).into_owned();
    assert!(!text.contains("canary") && !text.contains("user"), "{text}");
}

#[tokio::test]
async fn a_missing_endpoint_a_misunderstood_form_and_a_firewall_do_not_count_as_a_bad_password() {
    for (status, body) in [
        (404, r#"{"detail":"canary"}"#),
        (405, r#"{"detail":"canary"}"#),
        (422, r#"{"detail":[{"input":"canary"}]}"#),
        (403, "<html>Blocked by your company: canary</html>"),
        (400, "<html>canary</html>"),
    ] {
        let (clock, vault) = (Arc::new(ManualClock::new()), MemoryVault::new());
        let http = ScriptedHttp::new()
            .then(Reply::status(status).body(body))
            .then(token("a", 900, None));
        let error = run(&http, &clock, &vault, "pw")
            .authorise()
            .await
            .expect_err("no token");
        assert_eq!(error.kind(), ErrorKind::TokenEndpoint, "{status}");
        assert!(!format!("{error} {error:?}").contains("canary"));
        run(&http, &clock, &vault, "pw")
            .authorise()
            .await
            .expect("the same password is sent again");
    }
}

#[tokio::test]
async fn signing_in_tries_the_password_and_signing_out_forgets_the_tokens_only() {
    let vault = MemoryVault::new();
    let bench = authorised(giving(900, true), |tokens| tokens.vault(vault.clone()));
    read(&bench).await;
    bench.clock.advance(seconds(30));
    bench
        .transport
        .sign_in()
        .await
        .expect("the password is right");
    assert_eq!(token_requests(&bench.http), 2);
    assert!(form(bench.http.requests().last().expect("sent")).contains("grant_type=password"));
    bench.transport.sign_out().await.expect("forgotten");
    let status = bench.transport.token_status().await.expect("readable");
    assert_eq!(
        (status.expires_at, status.usable, status.renewable),
        (None, false, false)
    );
    assert!(
        status.asked_at.is_some(),
        "the interval between requests survives"
    );
    let kept = vault
        .load(&account("pw").vault_key())
        .await
        .expect("works")
        .expect("kept");
    assert!(!String::from_utf8_lossy(&kept.to_json()).contains("access-"));
}

#[tokio::test]
async fn callers_that_wait_together_share_a_failure() {
    let service = Slow::answering(400);
    let transport = Transport::builder(service.clone())
        .clock(Arc::new(ManualClock::new()))
        .tokens(account("pw"))
        .rate(finkit_transport::RateLimit::unlimited().concurrency(20))
        .build();
    let calls: Vec<_> = (0..20).map(|_| spawn_call(&transport)).collect();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    service.gate.add_permits(1);
    for call in calls {
        let error = call.await.expect("ran").expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::CredentialsRejected);
        assert!(
            error
                .to_string()
                .contains("the service refuses these credentials"),
            "{error}"
        );
    }
    assert_eq!(service.asked.load(Ordering::Relaxed), 1);
}

async fn vault_is_clean(vault: &MemoryVault) -> bool {
    let entry = vault
        .load(&account("x").vault_key())
        .await
        .expect("works")
        .expect("kept");
    !String::from_utf8_lossy(&entry.to_json()).contains("rejected")
}
