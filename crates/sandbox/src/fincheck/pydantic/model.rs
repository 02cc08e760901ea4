//! The shape of a body, and reading one by it: models, lists, records and single values.

use chrono::{NaiveDate, NaiveDateTime};
use finkit_core::ZoneRule;
use finkit_fincheck::contract::Constant;
use serde_json::Value;

use super::{Faults, Moment, Step, Wrong, scalar, time};

/// What a value of a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::fincheck) enum Key {
    RegistrationCode,
    Username,
    Password,
    GrantType,
    SecurityCode,
    Overlapping,
    Partial,
    Year,
    Fin,
    Fins,
    StartDate,
    EndDate,
    RegistrationDate,
    Records,
}

const KEYS: usize = 14;

/// The type of a single value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fincheck) enum Leaf {
    Text,
    Integer,
    Boolean,
    Date,
    Moment,
    /// The optional `grant_type` of FastAPI's token form.
    Grant,
}

/// A value that passed.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::fincheck) enum Parsed {
    Text(String),
    Integer(i64),
    Boolean(bool),
    Date(NaiveDate),
    Moment(Moment),
    Texts(Vec<String>),
    Records(Vec<Record>),
}

/// One record as it is stored: the registration in the database's local time.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::fincheck) struct Record {
    pub(in crate::fincheck) fin: String,
    pub(in crate::fincheck) start: NaiveDate,
    pub(in crate::fincheck) end: NaiveDate,
    pub(in crate::fincheck) registered: NaiveDateTime,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("fin", &finkit_core::mask(&self.fin))
            .field("start", &self.start)
            .field("end", &self.end)
            .field("registered", &self.registered)
            .finish()
    }
}

/// What belongs to the application and not to the shape.
#[derive(Debug, Clone)]
pub(in crate::fincheck) struct Rules {
    pub(in crate::fincheck) zone: ZoneRule,
    pub(in crate::fincheck) max_records: usize,
    /// FINs that the service refuses.
    pub(in crate::fincheck) refused: Vec<String>,
}

impl Rules {
    /// A moment as the database keeps it: local time, as given when there was no offset.
    pub(in crate::fincheck) fn database_local(&self, moment: Moment) -> NaiveDateTime {
        match moment.offset {
            None => moment.local,
            Some(offset) => match moment.local.and_local_timezone(offset).single() {
                Some(zoned) => self.zone.local(zoned),
                None => moment.local, // at the ends of the calendar
            },
        }
    }
}

/// The shape of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fincheck) enum Node {
    Leaf(Key, Leaf),
    Constant(Constant),
    /// An object; with `record`, its record fields are checked against each other.
    Model {
        fields: Vec<Field>,
        record: bool,
    },
    /// A list of records or of texts.
    List(Key, Box<Node>),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fincheck) struct Field {
    pub(in crate::fincheck) name: String,
    pub(in crate::fincheck) node: Node,
    pub(in crate::fincheck) required: bool,
}

/// The values of a request, by what they are for.
#[derive(Debug, Default)]
pub(in crate::fincheck) struct Slots([Option<Parsed>; KEYS]);

impl Slots {
    pub(in crate::fincheck) fn set(&mut self, key: Key, value: Parsed) {
        self.0[key as usize] = Some(value);
    }

    fn take(&mut self, key: Key) -> Option<Parsed> {
        self.0[key as usize].take()
    }

    pub(in crate::fincheck) fn text(&mut self, key: Key) -> Option<String> {
        match self.take(key) {
            Some(Parsed::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(in crate::fincheck) fn texts(&mut self, key: Key) -> Vec<String> {
        match self.take(key) {
            Some(Parsed::Texts(texts)) => texts,
            _ => Vec::new(),
        }
    }

    pub(in crate::fincheck) fn integer(&mut self, key: Key) -> Option<i64> {
        match self.take(key) {
            Some(Parsed::Integer(number)) => Some(number),
            _ => None,
        }
    }

    /// A flag; absent is false.
    pub(in crate::fincheck) fn flag(&mut self, key: Key) -> bool {
        matches!(self.take(key), Some(Parsed::Boolean(true)))
    }

    /// A day, which may have come as a moment.
    pub(in crate::fincheck) fn date(&mut self, key: Key, rules: &Rules) -> Option<NaiveDate> {
        match self.take(key) {
            Some(Parsed::Date(date)) => Some(date),
            Some(Parsed::Moment(moment)) => Some(rules.database_local(moment).date()),
            _ => None,
        }
    }

    pub(in crate::fincheck) fn records(&mut self, key: Key) -> Vec<Record> {
        match self.take(key) {
            Some(Parsed::Records(records)) => records,
            _ => Vec::new(),
        }
    }

    /// The record whose fields lie here.
    pub(in crate::fincheck) fn record(&mut self, rules: &Rules) -> Option<Record> {
        let registered = match self.take(Key::RegistrationDate) {
            Some(Parsed::Moment(moment)) => rules.database_local(moment),
            _ => return None,
        };
        Some(Record {
            fin: self.text(Key::Fin)?,
            start: self.date(Key::StartDate, rules)?,
            end: self.date(Key::EndDate, rules)?,
            registered,
        })
    }

    /// What the application says about the record whose fields lie here (the operator's guide, <https://www.fincheck.at/api>:
    /// start and end lie in the same calendar year).
    pub(in crate::fincheck) fn judge(&self, rules: &Rules) -> Option<Wrong> {
        let date = |key: Key| match &self.0[key as usize] {
            Some(Parsed::Date(date)) => Some(*date),
            Some(Parsed::Moment(moment)) => Some(rules.database_local(*moment).date()),
            _ => None,
        };
        let fin = match &self.0[Key::Fin as usize] {
            Some(Parsed::Text(fin)) => fin,
            _ => return None,
        };
        let (start, end) = (date(Key::StartDate)?, date(Key::EndDate)?);
        if end < start {
            return Some(Wrong::value("end_date lies before start_date"));
        }
        if chrono::Datelike::year(&start) != chrono::Datelike::year(&end) {
            return Some(Wrong::value(
                "start_date and end_date must lie in the same calendar year",
            ));
        }
        rules
            .refused
            .contains(fin)
            .then(|| Wrong::value("this FIN is not accepted"))
    }
}

impl Leaf {
    /// Reads a single value.
    pub(in crate::fincheck) fn read(&self, value: &Value) -> Result<Parsed, Wrong> {
        match self {
            Self::Text => scalar::text(value).map(Parsed::Text),
            Self::Integer => scalar::integer(value).map(Parsed::Integer),
            Self::Boolean => scalar::boolean(value).map(Parsed::Boolean),
            Self::Date => time::date(value).map(Parsed::Date),
            Self::Moment => time::moment(value).map(Parsed::Moment),
            Self::Grant => match scalar::text(value)? {
                grant if grant == "password" => Ok(Parsed::Text(grant)),
                _ => Err(Wrong::pattern("^password$")),
            },
        }
    }
}

impl Node {
    /// Reads a value into the slots, or adds what is wrong with it and its parts.
    pub(in crate::fincheck) fn read(
        &self,
        value: &Value,
        place: &mut Vec<Step>,
        rules: &Rules,
        slots: &mut Slots,
        faults: &mut Faults,
    ) {
        match self {
            Self::Leaf(key, leaf) => match leaf.read(value) {
                Ok(parsed) => slots.set(*key, parsed),
                Err(wrong) => faults.push(place, wrong, value.clone()),
            },
            Self::Constant(constant) => {
                if let Err(wrong) = scalar::constant(value, constant) {
                    faults.push(place, wrong, value.clone());
                }
            }
            Self::Model { fields, record } => {
                let Value::Object(object) = value else {
                    let wrong = Wrong::new(
                        "model_attributes_type",
                        "Input should be a valid dictionary or object to extract fields from",
                    );
                    faults.push(place, wrong, value.clone());
                    return;
                };
                let before = faults.len();
                for field in fields {
                    match object.get(&field.name) {
                        None if !field.required => {}
                        found => {
                            place.push(Step::Name(field.name.clone()));
                            match found {
                                Some(found) => field.node.read(found, place, rules, slots, faults),
                                None => faults.push(place, Wrong::missing(), value.clone()),
                            }
                            place.pop();
                        }
                    }
                }
                if *record
                    && faults.len() == before
                    && let Some(wrong) = slots.judge(rules)
                {
                    faults.push(place, wrong, value.clone());
                }
            }
            Self::List(key, item) => {
                Self::read_list(*key, item, value, place, rules, slots, faults);
            }
        }
    }

    fn read_list(
        key: Key,
        item: &Self,
        value: &Value,
        place: &mut Vec<Step>,
        rules: &Rules,
        slots: &mut Slots,
        faults: &mut Faults,
    ) {
        let Value::Array(items) = value else {
            let wrong = Wrong::new("list_type", "Input should be a valid list");
            faults.push(place, wrong, value.clone());
            return;
        };
        if items.len() > rules.max_records {
            let wrong = Wrong::too_long(rules.max_records, items.len());
            faults.push(place, wrong, value.clone());
            return;
        }
        let (mut texts, mut records) = (Vec::new(), Vec::with_capacity(items.len()));
        let mut own = Slots::default();
        for (index, value) in items.iter().enumerate() {
            place.push(Step::Index(index));
            item.read(value, place, rules, &mut own, faults);
            place.pop();
            if !faults.is_empty() {
                continue; // nothing will be executed; only further faults count
            }
            if matches!(item, Self::Leaf(..)) {
                texts.extend(own.text(Key::Fin));
            } else {
                records.extend(own.record(rules));
            }
        }
        let parsed = match item {
            Self::Leaf(..) => Parsed::Texts(texts),
            _ => Parsed::Records(records),
        };
        slots.set(key, parsed);
    }
}
