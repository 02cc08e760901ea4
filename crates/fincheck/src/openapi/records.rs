//! The records that answers name: what was created and what was not.

use finkit_openapi::{Kind, Schema};

use super::desk::{Confidence, Desk};
use super::leaf::{Part, Want, fits, parts};
use super::replies::{look, untold};
use super::requests::parts_as_inputs;
use super::settle::{Style, Values, wanted};
use super::words::Meaning;
use crate::contract::FieldPath;

/// The records that answers name.
#[derive(Default)]
pub(super) struct Records<'d> {
    created: Vec<&'d Schema>,
    failed: Vec<&'d Schema>,
    pub(super) is_untold: bool,
    pub(super) at: Option<String>,
}

impl<'d> Records<'d> {
    pub(super) fn see(&mut self, item: &'d Schema, failed: bool) {
        if failed {
            self.failed.push(item);
        } else {
            self.created.push(item);
        }
    }

    pub(super) fn settle(self, desk: &mut Desk<'_>) {
        let Some(item) = self.created.first() else {
            if let (true, Some(at)) = (self.is_untold, &self.at) {
                for field in [
                    "fin",
                    "start_date",
                    "end_date",
                    "registration_date",
                    "reason",
                ] {
                    untold(desk, &format!("answer_record.{field}"), at);
                }
            }
            return;
        };
        let key = |field: &str| format!("answer_record.{field}");
        let is_fin = item.fields().is_empty() && item.kind != Kind::Any;
        if is_fin && fits(item, Want::Text) {
            let certain = Confidence::Certain;
            desk.choose(&key("fin"), ".", &item.at, certain, "a list of bare FINs");
            for field in ["start_date", "end_date", "registration_date", "reason"] {
                desk.choose(
                    &key(field),
                    "absent",
                    &item.at,
                    certain,
                    "a list of bare FINs",
                );
            }
        } else if item.kind == Kind::Any {
            for field in [
                "fin",
                "start_date",
                "end_date",
                "registration_date",
                "reason",
            ] {
                untold(desk, &key(field), &item.at);
            }
        } else {
            let mut values = Values::new(parts_as_inputs(item), Style::Path, &item.at);
            values.settle(
                desk,
                &[
                    wanted(
                        key("fin"),
                        Meaning::Fin,
                        Want::Text,
                        true,
                        "the FIN of a record",
                    ),
                    wanted(
                        key("start_date"),
                        Meaning::Start,
                        Want::Day,
                        false,
                        "its first day",
                    ),
                    wanted(
                        key("end_date"),
                        Meaning::End,
                        Want::Day,
                        false,
                        "its last day",
                    ),
                    wanted(
                        key("registration_date"),
                        Meaning::Registered,
                        Want::Moment,
                        false,
                        "its moment of registration",
                    ),
                ],
            );
            self.reason(desk);
        }
        let paths = ["fin", "start_date", "end_date", "registration_date"].map(|field| {
            let key = key(field);
            desk.value(&key)
                .filter(|text| *text != "absent")
                .and_then(|text| text.parse::<FieldPath>().ok())
                .map(|path| (key.clone(), path))
        });
        for other in self.created.iter().chain(&self.failed) {
            for (key, path) in paths.iter().flatten() {
                if look(other, path).is_none() {
                    let problem = format!(
                        "the records of another list have no {path}; a contract has one kind of record in answers"
                    );
                    desk.refuse(key, &other.at, problem);
                }
            }
        }
    }

    /// Why a record was not entered; it need not be there.
    fn reason(&self, desk: &mut Desk<'_>) {
        let key = "answer_record.reason";
        let at = self.failed.first().map_or("", |item| item.at.as_str());
        if desk.given(key, at).is_some() {
            return;
        }
        let all: Vec<Part<'_>> = self.failed.iter().flat_map(|item| parts(item)).collect();
        let named = all
            .iter()
            .find(|part| part.is_called(Meaning::Reason) && fits(part.schema, Want::Text));
        match named {
            Some(part) => desk.choose(
                key,
                &part.path.to_string(),
                &part.at,
                Confidence::Certain,
                "its name and its type say so",
            ),
            None => {
                desk.choose(
                    key,
                    "absent",
                    at,
                    Confidence::Certain,
                    "nothing is called so",
                );
            }
        }
    }
}
