//! Tells when the service gives no token: the transport tries again for some seconds, in which nothing else is heard.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use finkit_transport::{HttpRequest, HttpResponse, HttpService, ReqwestService, SendError};

use crate::output::Output;
use crate::texts;

/// The network, with an eye on requests for a token.
#[derive(Debug)]
pub(crate) struct Watched {
    network: ReqwestService,
    output: Output,
    /// What was told last, so that it is told once.
    told: Mutex<Option<String>>,
}

impl Watched {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            network: ReqwestService::new(),
            output,
            told: Mutex::default(),
        }
    }

    fn note(&self, answer: &Result<HttpResponse, SendError>) {
        let trouble = trouble(answer);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &trouble
            && *told != trouble
        {
            let lang = self.output.lang;
            self.output
                .note(&texts::account::no_token_yet(lang, reason));
        }
        *told = trouble;
    }
}

/// What keeps the service from giving a token, if that may pass.
fn trouble(answer: &Result<HttpResponse, SendError>) -> Option<String> {
    match answer {
        Ok(answer) => {
            let status = answer.status();
            let passing = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
            passing.then(|| format!("status {}", status.as_u16()))
        }
        Err(error) => Some(error.to_string()),
    }
}

/// An answer on its way.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, SendError>> + Send + 'a>>;

impl HttpService for Watched {
    fn send<'s, 'a>(&'s self, request: HttpRequest) -> Answer<'a>
    where
        's: 'a,
        Self: 'a,
    {
        Box::pin(async move {
            // Whatever else is sent through here carries a token.
            let for_a_token = !request.headers().contains_key("authorization");
            let answer = self.network.send(request).await;
            if for_a_token {
                self.note(&answer);
            }
            answer
        })
    }
}
