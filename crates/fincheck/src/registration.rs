//! Registration: turns the operator's code into an account and receives its security code, once.

use finkit_transport::{Operation, Password, SecurityCode, Transport};
use serde_json::Value;
use url::Url;

use crate::call::{call, not_offered, not_understood};
use crate::contract::Contract;
use crate::error::Error;
use crate::wire::request::{BuildError, Draft};

/// Registers an account. The security code that comes back is given out only this once: store it durably before
/// anything else (source: the operator's guide, <https://www.fincheck.at/api>).
///
/// It is never repeated by itself: a registration code works once.
///
/// # Errors
/// [`Error`]; with an unknown outcome the code may be used up, and the operator has to be asked.
pub async fn register(
    transport: &Transport,
    base: &Url,
    contract: &Contract,
    registration_code: &str,
    username: &str,
    password: &Password,
) -> Result<SecurityCode, Error> {
    const NAME: &str = "register";
    let Some(register) = &contract.register else {
        return Err(not_offered(NAME));
    };
    let build = || -> Result<_, BuildError> {
        let mut draft = Draft::new(&register.endpoint)?;
        draft.put_secret(&register.registration_code, registration_code)?;
        draft.put(&register.username, username.into())?;
        draft.put_secret(&register.password, password.expose())?;
        draft.build(base)
    };
    let operation = Operation::create(NAME);
    let response = call(
        transport,
        contract,
        &operation,
        build(),
        &[registration_code, password.expose()],
    )
    .await?;
    let answer: Option<Value> = serde_json::from_slice(response.body()).ok();
    answer
        .as_ref()
        .and_then(|answer| register.answer.security_code.get(answer))
        .and_then(Value::as_str)
        .filter(|code| !code.is_empty())
        .map(SecurityCode::new)
        .ok_or_else(|| not_understood(NAME, &response))
}
