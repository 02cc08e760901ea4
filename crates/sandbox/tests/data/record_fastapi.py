"""Records what FastAPI and pydantic do, for the tests of the sandbox.

    python3 -m venv v && v/bin/pip install fastapi==0.165.0 pydantic==2.14.3 python-multipart httpx
    v/bin/python record_fastapi.py

writes pydantic_values.jsonl (how single values are judged), fastapi_requests.json (how whole requests are answered) and
fastapi_openapi.json (the document of the application below, which follows the assumed contract).
"""

import datetime as dt
import json
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from fastapi.testclient import TestClient
from pydantic import BaseModel, TypeAdapter, ValidationError, model_validator

app = FastAPI(title="FINcheck", version="0")
scheme = OAuth2PasswordBearer(tokenUrl="token")


class FinRecord(BaseModel):
    fin: str
    start_date: dt.date
    end_date: dt.date
    registration_date: dt.datetime

    @model_validator(mode="after")
    def check(self):
        if self.end_date < self.start_date:
            raise ValueError("end_date lies before start_date")
        if self.end_date.year != self.start_date.year:
            raise ValueError("start_date and end_date must lie in the same calendar year")
        return self


class FoundEntry(BaseModel):
    start_date: dt.date
    end_date: dt.date
    registration_date: dt.datetime


class FoundFin(BaseModel):
    fin: str
    count: int
    entries: list[FoundEntry]


class CreateResponse(BaseModel):
    created: list[FinRecord]
    overlapping_fins: list[FoundFin]
    failed: list[FinRecord]


class BulkCreateResponse(CreateResponse):
    pass


class SearchResponse(BaseModel):
    found: bool
    fins: list[FoundFin]


class BulkSearchResponse(SearchResponse):
    pass


class DeleteResponse(BaseModel):
    deleted: bool
    fins: FoundFin | None


class RegisterResponse(BaseModel):
    security_code: str


class TokenResponse(BaseModel):
    access_token: str
    token_type: str


class SearchRequest(BaseModel):
    fin: str
    year: int


class BulkSearchRequest(BaseModel):
    fins: list[str]
    year: int


class DeleteRequest(BaseModel):
    fin: str
    start_date: dt.date
    end_date: dt.date


class RegisterRequest(BaseModel):
    registration_code: str
    username: str
    password: str


def user(token: Annotated[str, Depends(scheme)]):
    if token != "good":
        raise HTTPException(401, "Could not validate credentials", headers={"WWW-Authenticate": "Bearer"})
    return token


User = Annotated[str, Depends(user)]
Code = Annotated[str, Header()]


@app.post("/register")
def register(request: RegisterRequest) -> RegisterResponse: ...


@app.post("/token")
def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> TokenResponse:
    if form.password != "pw":
        raise HTTPException(401, "Incorrect username or password", headers={"WWW-Authenticate": "Bearer"})
    return TokenResponse(access_token="good", token_type="bearer")


@app.post("/create")
def create(records: FinRecord, user: User, x_security_code: Code, commit_on_overlapping_dates: bool = False) -> CreateResponse: ...


@app.post("/bulk_create")
def bulk_create(
    request: list[FinRecord],
    user: User,
    x_security_code: Code,
    commit_on_overlapping_dates: bool = False,
    commit_on_partial_success: bool = False,
) -> BulkCreateResponse: ...


@app.post("/search")
def search(request: SearchRequest, user: User) -> SearchResponse: ...


@app.post("/bulk_search")
def bulk_search(request: BulkSearchRequest, user: User) -> BulkSearchResponse: ...


@app.delete("/delete")
def delete(request: DeleteRequest, user: User, x_security_code: Code) -> DeleteResponse: ...


def values():
    cases = {
        "str": ["a", "", 1, 1.5, True, None, [], {}],
        "int": [
            2026,
            "2026",
            " 2026 ",
            "+5",
            "-5",
            "2026.0",
            "2026.5",
            "2_026",
            "_1",
            "1e3",
            "",
            "abc",
            2026.0,
            2026.5,
            True,
            None,
            [],
            "0x10",
            "٣",
            "1__0",
            "00012",
            "-0",
            "2026.",
            "1.0e0",
            -2026.0,
        ],
        "bool": [True, False, 0, 1, 2, 0.0, 1.0, 0.5, "true", "TRUE", "on", "y", "yes", "t", "1", "0", "off", "no", "n", "f", "ja", "", " true", None, [], "2"],
        "date": [
            "2026-01-01",
            "2026-02-29",
            "2024-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-1-1",
            "2026-01-1",
            "20260101",
            "01.06.2026",
            "2026/06/01",
            "2026-06-01T00:00:00",
            "2026-06-01T00:00:00Z",
            "2026-06-01T00:00:00+02:00",
            "2026-06-01T10:00:00",
            "2026-06-01 00:00",
            "2026-06-01t00:00:00",
            "2026-06-01_00:00:00",
            "",
            " 2026-01-01",
            "2026-01-01 ",
            "abc",
            1767225600,
            1767225600000,
            1767225601,
            "1767225600",
            "1767225600000",
            0,
            1.0,
            0.5,
            True,
            False,
            None,
            [],
            {},
            "0000-01-01",
            "0001-01-01",
            "9999-12-31",
            "2026-01-01T24:00:00",
            -86400,
            "-86400",
            "2026-01-32",
            "2026-01-0x",
            "x026-01-01",
            "2026-01-01x",
            "2026-0x-01",
            "2026",
            "2026-01",
            1e20,
            "1e5",
            20000000000,
            20000000001,
            253402300800,
            -20000000000,
            -20000000001,
        ],
        "datetime": [
            "2026-03-01T09:30:00+01:00",
            "2026-03-01T09:30:00",
            "2026-03-01T09:30:00Z",
            "2026-03-01t09:30:00z",
            "2026-03-01 09:30:00",
            "2026-03-01_09:30:00",
            "2026-03-01T09:30",
            "2026-03-01T09:30Z",
            "2026-03-01T09:30:00.5",
            "2026-03-01T09:30:00,5",
            "2026-03-01T09:30:00.123456789",
            "2026-03-01T09:30:00.1234567891",
            "2026-03-01T09:30:00.",
            "2026-03-01T09:30:00+0100",
            "2026-03-01T09:30:00+01",
            "2026-03-01T09:30:00 +01:00",
            "2026-03-01T09:30:00+24:00",
            "2026-03-01T09:30:00+23:59",
            "2026-03-01T09:30:00-05:30",
            "2026-03-01T09:30:00-00:00",
            "2026-03-01T24:00:00",
            "2026-03-01T23:59:60",
            "2026-03-01T23:60:00",
            "2026-03-01",
            "2026-02-30",
            "2026-02-30T10:00:00",
            "20260301",
            "20260301T093000Z",
            "2026-W09-7",
            "2026-060",
            "01.03.2026",
            "2026/03/01",
            "",
            " 2026-03-01T09:30:00",
            "2026-03-01T09:30:00 ",
            "abc",
            "1772353800",
            "1772353800000",
            "1772353800.5",
            "1772353800.123456",
            "-1",
            "+1772353800",
            "1e9",
            1772353800,
            1772353800000,
            1772353800.5,
            20000000000,
            20000000001,
            "20000000000",
            "20000000001",
            -1,
            -20000000000,
            -20000000001,
            0,
            True,
            None,
            [],
            {},
            1e20,
            "1e20",
            "99999999999999999999",
            "2026-03-01T09",
            "2026-03-01T",
            "2026-03-01T0x:30:00",
            "2026-03-01T09:3x:00",
            "2026-03-01T09-30-00",
            "2026-03-01T09:30:0x",
            "2026-03-01X09:30:00",
            "2026-03-01T09:30:00+1:00",
            "2026-03-01T09:30:00+01:0",
            "2026-03-01T09:30:00+01:60",
            "2026-03-01T09:30:00x",
            "2026-03-01T09:30:00Zx",
            "202-03-01T09:30:00",
            "2026-3-01T09:30:00",
            "0000-01-01T00:00:00",
            "9999-12-31T23:59:59",
            "2026-03-01T09:30:00.12",
            "2026-03-01T09:30:00+01:00x",
            "2026-03-01T09:30:00UTC",
            253402300799,
            253402300799999,
            253402300800000,
            "253402300800000",
            "-62135596800",
            -62135596800,
            -62135596801,
            "1772353800.",
            ".5",
            "2026-03-01T09:30:00.123456Z",
            "2026-03-01T09:30:00−01:00",
        ],
    }
    cases["date"] += [
        "2026-03-01T09",
        "2026-03-01T",
        "2026-03-01T0x:00",
        "2026-03-01T00-00",
        "2026-03-01T00:0x",
        "2026-03-01T00:60",
        "2026-03-01T00:00:60",
        "2026-03-01T00:00:0x",
        "2026-03-01T00:00:00.",
        "2026-03-01T00:00:00.x",
        "2026-03-01T00:00:00.0000000000",
        "2026-03-01T00:00:00+1:00",
        "2026-03-01T00:00:00+24:00",
        "2026-03-01T00:00:00+01:60",
        "2026-03-01T00:00:00+01",
        "2026-03-01T00:00:00+01:0",
        "2026-03-01T00:00:00x",
        "2026-03-01T00:00:00Zx",
        "2026-03-01T00:00x",
        "2026-03-01T00:00:",
        "2026-03-01T00:00:0",
        "2026-03-01T00:00+0200",
        "2026-03-01T00:00:00+02:00x",
        "2026-03-01T00:00:00+0x:00",
        "2026-03-01T00:00:00+00:0x",
        "2026-03-01T00:00:00 +01:00",
        "2026-03-01T00:00:00−01:00",
        "2026-02-30T00:00:00",
        "0000-01-01T00:00:00",
        "2026-03-01T00:00:00−",
        "2026-03-01T00:00:00+",
        "2026-03-01T00:00:00,0",
        "2026-03-01Tx0:00",
        "2026-03-01T00:x0",
        "2026-03-01T00:00:x0",
        "253402300800000",
        "99999999999999999999",
        "2026-03-01T00:00:00+0100x",
        "2026-03-01T00:00:00.0000001",
    ]
    types = {"str": str, "int": int, "bool": bool, "date": dt.date, "datetime": dt.datetime}
    for kind, inputs in cases.items():
        adapter = TypeAdapter(types[kind])
        for value in inputs:
            try:
                read = adapter.validate_python(value)
                verdict = {"ok": read.isoformat() if isinstance(read, dt.date) else read}
            except ValidationError as fault:
                first = fault.errors(include_url=False)[0]
                verdict = {key: first[key] for key in ("type", "msg", "ctx") if key in first}
            yield [kind, value, verdict]


def requests():
    client = TestClient(app, base_url="http://sandbox.test", follow_redirects=False)
    A = {"authorization": "Bearer TOKEN"}
    J = {"content-type": "application/json"}
    C = {"x-security-code": "CODE"}
    F = {"content-type": "application/x-www-form-urlencoded"}
    rec = {"fin": "WVWZZZE1ZMP000001", "start_date": "2026-01-01", "end_date": "2026-06-30", "registration_date": "2026-01-15T09:30:00+01:00"}

    def without(d, k):
        return {x: y for x, y in d.items() if x != k}

    def with_(d, **k):
        return {**d, **k}

    cases = [
        ("the root is nothing", "GET", "/", {}, None),
        ("an unknown path", "POST", "/nothing", J, {}),
        ("a wrong method", "GET", "/create", {}, None),
        ("a wrong method for delete", "POST", "/delete", {**A, **C, **J}, {}),
        ("a trailing slash", "POST", "/create/", {**A, **C, **J}, rec),
        ("a trailing slash with a query", "POST", "/create/?commit_on_overlapping_dates=true", {**A, **C, **J}, rec),
        ("a trailing slash and a wrong method", "GET", "/create/", {}, None),
        ("a trailing slash on an unknown path", "GET", "/nothing/", {}, None),
        ("no token", "POST", "/create", {**C, **J}, rec),
        ("another scheme", "POST", "/create", {**C, **J, "authorization": "Basic eDp5"}, rec),
        ("a token that is none", "POST", "/create", {**C, **J, "authorization": "Bearer wrong"}, rec),
        ("no token and a bad body", "POST", "/create", {**C, **J}, {}),
        ("no token and broken JSON", "POST", "/create", {**C, **J}, '{"fin":'),
        ("the scheme in lower case and a bad body", "POST", "/create", {**C, **J, "authorization": "bearer TOKEN"}, {}),
        ("no security code", "POST", "/create", {**A, **J}, rec),
        ("no security code and a bad body", "POST", "/create", {**A, **J}, without(rec, "fin")),
        ("no body", "POST", "/create", {**A, **C, **J}, None),
        ("an empty object", "POST", "/create", {**A, **C, **J}, {}),
        ("a list instead of an object", "POST", "/create", {**A, **C, **J}, [rec]),
        ("null instead of an object", "POST", "/create", {**A, **C, **J}, "null"),
        ("a string instead of an object", "POST", "/create", {**A, **C, **J}, '"x"'),
        ("no content type", "POST", "/create", {**A, **C}, json.dumps(rec)),
        ("a form instead of JSON", "POST", "/create", {**A, **C, **F}, "fin=1"),
        ("broken JSON at its start", "POST", "/create", {**A, **C, **J}, "x"),
        ("broken JSON in its middle", "POST", "/create", {**A, **C, **J}, '{"fin" "x"}'),
        ("JSON that ends too early", "POST", "/create", {**A, **C, **J}, '{"fin": "x"'),
        ("JSON with something behind it", "POST", "/create", {**A, **C, **J}, "{} {}"),
        ("JSON with a bare key", "POST", "/create", {**A, **C, **J}, "{fin: 1}"),
        ("JSON with a comma too many", "POST", "/create", {**A, **C, **J}, '{"fin": 1,,}'),
        ("JSON with an open string", "POST", "/create", {**A, **C, **J}, '{"fin": "x'),
        ("an additional field", "POST", "/create", {**A, **C, **J}, with_(rec, note="x", fin=5)),
        ("a FIN that is a number", "POST", "/create", {**A, **C, **J}, with_(rec, fin=1)),
        ("null for a field", "POST", "/create", {**A, **C, **J}, with_(rec, fin=None, start_date=None)),
        ("a German date", "POST", "/create", {**A, **C, **J}, with_(rec, start_date="01.06.2026")),
        ("a date that does not exist", "POST", "/create", {**A, **C, **J}, with_(rec, end_date="2026-02-30")),
        ("a date with a time", "POST", "/create", {**A, **C, **J}, with_(rec, start_date="2026-01-01T10:00:00")),
        ("a moment that is none", "POST", "/create", {**A, **C, **J}, with_(rec, registration_date="gestern")),
        ("several faults at once", "POST", "/create", {**A, **C, **J}, with_(without(rec, "fin"), start_date="x", registration_date=True)),
        ("the end before the start", "POST", "/create", {**A, **C, **J}, with_(rec, end_date="2025-12-31")),
        ("two calendar years", "POST", "/create", {**A, **C, **J}, with_(rec, end_date="2027-01-01")),
        ("a flag that is none", "POST", "/create?commit_on_overlapping_dates=ja", {**A, **C, **J}, rec),
        ("an empty flag", "POST", "/create?commit_on_overlapping_dates=", {**A, **C, **J}, rec),
        ("a flag, a header and a body that are wrong", "POST", "/bulk_create?commit_on_partial_success=2", {**A, **J}, [{}]),
        ("an object instead of a list", "POST", "/bulk_create", {**A, **C, **J}, rec),
        ("one bad record among good ones", "POST", "/bulk_create", {**A, **C, **J}, [rec, without(rec, "start_date"), rec]),
        ("two bad records", "POST", "/bulk_create", {**A, **C, **J}, [with_(rec, fin=None), rec, with_(rec, end_date="2020-01-01")]),
        ("records that are none", "POST", "/bulk_create", {**A, **C, **J}, [1, None, "x", []]),
        ("a year that is none", "POST", "/search", {**A, **J}, {"fin": "x", "year": "zweitausend"}),
        ("a year with a fraction", "POST", "/search", {**A, **J}, {"fin": "x", "year": 2026.5}),
        ("no year", "POST", "/search", {**A, **J}, {"fin": "x"}),
        ("FINs that are no list", "POST", "/bulk_search", {**A, **J}, {"fins": "x", "year": 2026}),
        ("FINs that are no texts", "POST", "/bulk_search", {**A, **J}, {"fins": ["x", 1, None], "year": 2026}),
        ("delete without anything", "DELETE", "/delete", {**A, **J}, {}),
        ("delete without a body and a code", "DELETE", "/delete", {**A}, None),
        ("register without a password", "POST", "/register", J, {"registration_code": "R", "username": "u", "passwort": "p"}),
        ("register by form", "POST", "/register", F, "username=u"),
        ("token without anything", "POST", "/token", F, None),
        ("token with empty fields", "POST", "/token", F, "username=&password="),
        ("token by JSON", "POST", "/token", J, {"username": "u", "password": "pw"}),
        ("token for another grant", "POST", "/token", F, "username=u&password=pw&grant_type=client_credentials"),
        ("a wrong password", "POST", "/token", F, "username=u&password=no"),
        ("a wrong password with an empty grant", "POST", "/token", F, "username=u&password=no&grant_type="),
    ]
    for name, method, target, headers, body in cases:
        content = body if body is None or isinstance(body, str) else json.dumps(body)
        sent = {key: value.replace("TOKEN", "good") for key, value in headers.items()}
        reply = client.request(method, target, headers=sent, content=content)
        try:
            answer = reply.json()
        except ValueError:
            answer = reply.text
        names = ("allow", "location", "www-authenticate", "content-type")
        kept = {key: reply.headers[key] for key in names if key in reply.headers}
        yield {
            "name": name,
            "method": method,
            "target": target,
            "headers": headers,
            "body": content,
            "status": reply.status_code,
            "answer_headers": kept,
            "answer": answer,
        }


if __name__ == "__main__":
    with open("pydantic_values.jsonl", "w") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in values())
    with open("fastapi_requests.json", "w") as file:
        json.dump(list(requests()), file, indent=1, ensure_ascii=False)
    with open("fastapi_openapi.json", "w") as file:
        json.dump(app.openapi(), file, indent=1, ensure_ascii=False)
