//! The one list of all keys of a contract file, for reading and for writing.

use std::collections::BTreeMap;

use http::Method;

use super::operations::Endpoint;
use super::setting::{InBody, Setting};
use super::{
    AnswerRecordFields, BulkCreate, BulkSearch, Constant, Contract, Create, DatabaseZone,
    DateFormat, Delete, DeleteAnswerFields, DocumentMark, EntryAnswerFields, EntryFields,
    EntryLayout, FieldPath, Formats, FoundFinFields, Place, RecordFields, RecordPlace, Register,
    RegisterAnswerFields, Search, SearchAnswerFields, TimeFormat, Token, TokenAnswerFields,
};

/// The operations, as their tables are called.
pub(super) const OPERATIONS: [&str; 7] = [
    "register",
    "token",
    "create",
    "bulk_create",
    "delete",
    "search",
    "bulk_search",
];

/// A key's value inside the contract.
pub(super) enum Leaf<'c> {
    /// A TOML string.
    Text(Box<dyn Setting + 'c>),
    /// A TOML integer: seconds, at least 1.
    Seconds(&'c mut u64),
    /// A TOML table of fixed values by place.
    Constants(&'c mut BTreeMap<Place, Constant>),
}

impl<T: Setting + ?Sized> Setting for &mut T {
    fn read(&mut self, text: &str) -> Result<(), String> {
        (**self).read(text)
    }

    fn write(&self) -> String {
        (**self).write()
    }
}

/// Makes an operation absent.
pub(super) fn remove(contract: &mut Contract, operation: &str) {
    match operation {
        "register" => contract.register = None,
        "token" => contract.token = None,
        "create" => contract.create = None,
        "bulk_create" => contract.bulk_create = None,
        "delete" => contract.delete = None,
        "search" => contract.search = None,
        "bulk_search" => contract.bulk_search = None,
        _ => {}
    }
}

/// The operations that are absent.
pub(super) fn absent(contract: &Contract) -> impl Iterator<Item = &'static str> {
    let there = [
        contract.register.is_some(),
        contract.token.is_some(),
        contract.create.is_some(),
        contract.bulk_create.is_some(),
        contract.delete.is_some(),
        contract.search.is_some(),
        contract.bulk_search.is_some(),
    ];
    OPERATIONS
        .into_iter()
        .zip(there)
        .filter_map(|(name, there)| (!there).then_some(name))
}

struct Leaves<'c>(Vec<(String, Leaf<'c>)>);

impl<'c> Leaves<'c> {
    fn text(&mut self, table: &str, key: &str, setting: impl Setting + 'c) {
        let path = if table.is_empty() {
            key.to_owned()
        } else {
            format!("{table}.{key}")
        };
        self.0.push((path, Leaf::Text(Box::new(setting))));
    }

    fn endpoint(&mut self, table: &str, endpoint: &'c mut Endpoint) -> Constants<'c> {
        self.text(table, "method", &mut endpoint.method);
        self.text(table, "path", &mut endpoint.path);
        Constants(format!("{table}.constants"), &mut endpoint.constants)
    }

    fn constants(&mut self, constants: Constants<'c>) {
        self.0.push((constants.0, Leaf::Constants(constants.1)));
    }

    fn entry_answer(&mut self, table: &str, answer: &'c mut EntryAnswerFields) {
        self.text(table, "created", &mut answer.created);
        self.text(table, "overlapping", &mut answer.overlapping);
        self.text(table, "failed", &mut answer.failed);
    }

    fn search_answer(&mut self, table: &str, answer: &'c mut SearchAnswerFields) {
        self.text(table, "found", &mut answer.found);
        self.text(table, "fins", &mut answer.fins);
    }
}

/// The table of fixed values, which TOML wants after the operation's own keys.
struct Constants<'c>(String, &'c mut BTreeMap<Place, Constant>);

/// Every key of the contract with its value, in the order of the file; keys of one table stand together.
pub(super) fn leaves(contract: &mut Contract) -> Vec<(String, Leaf<'_>)> {
    let mut all = Leaves(Vec::with_capacity(80));
    all.text("", "name", &mut contract.name);

    let (document, table) = (&mut contract.document, "document");
    all.text(table, "address", &mut document.address);
    all.text(table, "digest", &mut document.digest);
    all.text(table, "date", &mut document.date);

    let format = &mut contract.format;
    all.text("format", "registration_date", &mut format.registration_date);
    all.text("format", "date", &mut format.date);
    all.text("format", "database_zone", &mut format.database_zone);

    let record = &mut contract.record;
    all.text("record", "fin", &mut record.fin);
    all.text("record", "start_date", &mut record.start_date);
    all.text("record", "end_date", &mut record.end_date);
    all.text("record", "registration_date", &mut record.registration_date);

    let record = &mut contract.answer_record;
    let table = "answer_record";
    all.text(table, "fin", &mut record.fin);
    all.text(table, "start_date", &mut record.start_date);
    all.text(table, "end_date", &mut record.end_date);
    all.text(table, "registration_date", &mut record.registration_date);
    all.text(table, "reason", &mut record.reason);

    let found = &mut contract.found_fin;
    all.text("found_fin", "fin", &mut found.fin);
    all.text("found_fin", "count", &mut found.count);
    all.text("found_fin", "entries", &mut found.entries);
    all.text("found_fin", "layout", &mut found.layout);
    all.text("found_fin", "found", &mut found.found);
    let (entry, table) = (&mut found.entry, "found_fin.entry");
    all.text(table, "start_date", &mut entry.start_date);
    all.text(table, "end_date", &mut entry.end_date);
    all.text(table, "registration_date", &mut entry.registration_date);

    if let Some(register) = &mut contract.register {
        let table = "register";
        let constants = all.endpoint(table, &mut register.endpoint);
        all.text(table, "registration_code", &mut register.registration_code);
        all.text(table, "username", &mut register.username);
        all.text(table, "password", &mut register.password);
        let answer = &mut register.answer;
        all.text(
            "register.answer",
            "security_code",
            &mut answer.security_code,
        );
        all.constants(constants);
    }
    if let Some(token) = &mut contract.token {
        let constants = all.endpoint("token", &mut token.endpoint);
        all.text("token", "username", &mut token.username);
        all.text("token", "password", &mut token.password);
        let lifetime = Leaf::Seconds(&mut token.lifetime);
        all.0.push(("token.lifetime".into(), lifetime));
        let answer = &mut token.answer;
        all.text("token.answer", "access_token", &mut answer.access_token);
        all.constants(constants);
    }
    if let Some(create) = &mut contract.create {
        let table = "create";
        let constants = all.endpoint(table, &mut create.endpoint);
        all.text(table, "record", &mut create.record);
        let flag = &mut create.commit_on_overlapping_dates;
        all.text(table, "commit_on_overlapping_dates", flag);
        all.text(table, "security_code", &mut create.security_code);
        all.entry_answer("create.answer", &mut create.answer);
        all.constants(constants);
    }
    if let Some(create) = &mut contract.bulk_create {
        let table = "bulk_create";
        let constants = all.endpoint(table, &mut create.endpoint);
        all.text(table, "records", InBody(&mut create.records));
        let flag = &mut create.commit_on_overlapping_dates;
        all.text(table, "commit_on_overlapping_dates", flag);
        let flag = &mut create.commit_on_partial_success;
        all.text(table, "commit_on_partial_success", flag);
        all.text(table, "security_code", &mut create.security_code);
        all.entry_answer("bulk_create.answer", &mut create.answer);
        all.constants(constants);
    }
    if let Some(delete) = &mut contract.delete {
        let table = "delete";
        let constants = all.endpoint(table, &mut delete.endpoint);
        all.text(table, "fin", &mut delete.fin);
        all.text(table, "start_date", &mut delete.start_date);
        all.text(table, "end_date", &mut delete.end_date);
        all.text(table, "security_code", &mut delete.security_code);
        all.text("delete.answer", "deleted", &mut delete.answer.deleted);
        all.text("delete.answer", "fins", &mut delete.answer.fins);
        all.constants(constants);
    }
    if let Some(search) = &mut contract.search {
        let constants = all.endpoint("search", &mut search.endpoint);
        all.text("search", "fin", &mut search.fin);
        all.text("search", "year", &mut search.year);
        all.text("search", "start_date", &mut search.start_date);
        all.text("search", "end_date", &mut search.end_date);
        all.search_answer("search.answer", &mut search.answer);
        all.constants(constants);
    }
    if let Some(search) = &mut contract.bulk_search {
        let constants = all.endpoint("bulk_search", &mut search.endpoint);
        all.text("bulk_search", "fins", &mut search.fins);
        all.text("bulk_search", "year", &mut search.year);
        all.text("bulk_search", "start_date", &mut search.start_date);
        all.text("bulk_search", "end_date", &mut search.end_date);
        all.search_answer("bulk_search.answer", &mut search.answer);
        all.constants(constants);
    }
    all.0
}

/// A contract with every operation and nothing in it, for the assumed file to fill.
pub(super) fn blank() -> Contract {
    let field = FieldPath::root;
    let place = || Place::Body(FieldPath::root());
    let endpoint = || Endpoint {
        method: Method::POST,
        path: String::new(),
        constants: BTreeMap::new(),
    };
    let entry_answer = || EntryAnswerFields {
        created: field(),
        overlapping: None,
        failed: field(),
    };
    let search_answer = || SearchAnswerFields {
        found: None,
        fins: field(),
    };
    Contract {
        name: String::new(),
        document: DocumentMark::default(),
        format: Formats {
            registration_date: TimeFormat::Rfc3339,
            date: DateFormat::Date,
            database_zone: DatabaseZone::Vienna,
        },
        record: RecordFields {
            fin: field(),
            start_date: field(),
            end_date: field(),
            registration_date: field(),
        },
        answer_record: AnswerRecordFields {
            fin: field(),
            start_date: None,
            end_date: None,
            registration_date: None,
            reason: None,
        },
        found_fin: FoundFinFields {
            fin: None,
            count: None,
            entries: field(),
            layout: EntryLayout::Rows,
            found: None,
            entry: EntryFields {
                start_date: field(),
                end_date: field(),
                registration_date: field(),
            },
        },
        register: Some(Register {
            endpoint: endpoint(),
            registration_code: place(),
            username: place(),
            password: place(),
            answer: RegisterAnswerFields {
                security_code: field(),
            },
        }),
        token: Some(Token {
            endpoint: endpoint(),
            username: place(),
            password: place(),
            lifetime: 1,
            answer: TokenAnswerFields {
                access_token: field(),
            },
        }),
        create: Some(Create {
            endpoint: endpoint(),
            record: RecordPlace::Body(field()),
            commit_on_overlapping_dates: None,
            security_code: None,
            answer: entry_answer(),
        }),
        bulk_create: Some(BulkCreate {
            endpoint: endpoint(),
            records: field(),
            commit_on_overlapping_dates: None,
            commit_on_partial_success: None,
            security_code: None,
            answer: entry_answer(),
        }),
        delete: Some(Delete {
            endpoint: endpoint(),
            fin: place(),
            start_date: place(),
            end_date: place(),
            security_code: None,
            answer: DeleteAnswerFields {
                deleted: field(),
                fins: None,
            },
        }),
        search: Some(Search {
            endpoint: endpoint(),
            fin: place(),
            year: None,
            start_date: None,
            end_date: None,
            answer: search_answer(),
        }),
        bulk_search: Some(BulkSearch {
            endpoint: endpoint(),
            fins: place(),
            year: None,
            start_date: None,
            end_date: None,
            answer: search_answer(),
        }),
    }
}
