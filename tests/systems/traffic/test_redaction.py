"""No secret that a request carries reaches a row."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.observation import Record
from backstay.systems.traffic.contracts import OPERATE, READ
from backstay.systems.traffic.service import redaction
from backstay.systems.traffic.service.redaction import HIDDEN
from backstay.systems.traffic.service.rows import row_of
from tests.conftest import make_actor
from tests.house import House
from tests.systems.traffic.conftest import detail, kept

OPERATOR = make_actor("operator", permissions=(READ.name, OPERATE.name))
NAMES = [
    "password",
    "Password",
    "new_password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "clientSecret",
    "token",
    "access_token",
    "X-Auth-Token",
    "authorization",
    "Proxy-Authorization",
    "cookie",
    "set-cookie",
    "sessionId",
    "api_key",
    "X-Api-Key",
    "apikey",
    "privateKey",
    "signature",
    "X-Signature",
    "sig",
    "code",
    "state",
    "otp",
    "totp",
    "pin",
    "cvv",
    "card_number",
    "cardNumber",
    "iban",
    "ssn",
    "jwt",
    "credentials",
    "csrf",
    "auth",
    "key",
    "pwd",
    "X-Amz-Security-Token",
    "refreshToken",
    "ACCESS_TOKEN",
    "dsn",
    "sid",
]  # fmt: skip - a table reads better in columns


@pytest.mark.parametrize("name", NAMES)
def test_these_names_are_secret(name: str) -> None:
    assert redaction.secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "title",
        "by",
        "value",
        "name",
        "limit",
        "cursor",
        "accept",
        "host",
        "content-type",
        "user-agent",
        "monkey",
        "pinned",
        "country_code",
        "status_code",
        "if-match",
        "x-request-id",
        "tags",
        "body",
    ],
)  # fmt: skip - a table reads better in columns
def test_these_are_not(name: str) -> None:
    assert not redaction.secret_name(name)


@pytest.mark.parametrize(
    ("sent", "route", "kept_as"),
    [
        ("/v1/notes/7", "/v1/notes/{note_id}", "/v1/notes/7"),
        ("/v1/shared-notes/abc", "/v1/shared-notes/{token}", "/v1/shared-notes/{token}"),
        ("/x/abc", "/x/{invite_code:str}", "/x/{invite_code:str}"),
        ("/v1/shared-notes/Zx81kQpLmN0rStUvWxYz", None, f"/v1/shared-notes/{HIDDEN}"),
        (
            "/v1/notes/01938a5e-0000-7000-8000-000000000001/x",
            None,
            "/v1/notes/01938a5e-0000-7000-8000-000000000001/x",
        ),
        ("/a" * 2000, "/{path}", ("/a" * 2000)[:1024]),
    ],
)  # fmt: skip - a table reads better in columns
def test_paths(sent: str, route: str | None, kept_as: str) -> None:
    assert redaction.path(sent, route) == kept_as


@pytest.mark.parametrize(
    ("name", "value", "kept_as"),
    [
        (
            "referer",
            "https://app.example/reset?token=abc&page=2",
            "https://app.example/reset?token=%5Bredacted%5D&page=2",
        ),
        ("referer", "https://ann:hunter2@app.example/x#access", f"https://{HIDDEN}@app.example/x"),
        ("location", "/v1/shared-notes/Zx81kQpLmN0rStUvWxYz", f"/v1/shared-notes/{HIDDEN}"),
        ("x-forwarded-for", "10.0.0.1", "10.0.0.1"),
        ("x-user", "Bearer abc", HIDDEN),
        ("x-user", "id eyJhbGciOiJIUzI1NiJ9.e30.sig", HIDDEN),
        ("accept", "application/json, text/*", "application/json, text/*"),
        ("x-long", "y" * 600, "y" * 512),
        ("n" * 101, "v", HIDDEN),
    ],
)  # fmt: skip - a table reads better in columns
def test_headers(name: str, value: str, kept_as: str) -> None:
    assert redaction.headers([(name.encode(), value.encode())]) == {name[:100]: kept_as}


@pytest.mark.parametrize(
    ("raw", "kept_as"),
    [
        (b'{"a":1}', '{"a":1}'),
        (
            b'{"password":"x","list":[{"token":["x",{"y":"x"}]}]}',
            '{"password":"[redacted]","list":[{"token":"[redacted]"}]}',
        ),
        (b'{"note":"Bearer x"}', '{"note":"[redacted]"}'),
        (b'"hunter2"', None),
        (b"password=hunter2", None),
        (b"\xff\xfe", None),
        (b"{", None),
        (b"", None),
        (b"[" * 2000 + b"]" * 2000, None),
        (b'{"a":"' + b"x" * 50 + b'"}', '{"a":"' + "x" * 34 + "…"),
        (b'{"a":"' + b"x" * 500 + b'"}', None),
    ],
)  # fmt: skip - a table reads better in columns
def test_bodies(raw: bytes, kept_as: str | None) -> None:
    assert redaction.body(raw, 40 if len(raw) < 4000 and b'"a":"' in raw else 100_000) == kept_as
    assert redaction.body(raw, 0) is None


SECRET = "Sup3rS3cret-V4lue"
_name = st.sampled_from(NAMES)
_plain = st.text("abcdefgh ", max_size=8)
_nested = st.recursive(
    st.one_of(_plain, st.integers(0, 9), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(_plain, inner, max_size=3),
        st.dictionaries(_name, st.one_of(st.just(SECRET), st.lists(st.just(SECRET), max_size=2)), max_size=2),
    ),
    max_leaves=12,
)


@given(
    headers=st.lists(_name, max_size=4),
    query=st.lists(_name, max_size=4),
    sent=_nested,
    answered=_nested,
    place=st.sampled_from(["token", "matched", "unmatched", "referer", "location", "none"]),
    cap=st.integers(1, 400),
)
def test_no_planted_secret_reaches_a_row(
    headers: list[str], query: list[str], sent: Any, answered: Any, place: str, cap: int
) -> None:
    record = Record(
        method="POST", path="/v1/x", request_id=str(UUID(int=1)), trace_id="1" * 32, span_id="1" * 16
    )
    record.route = "/v1/x"
    record.request_headers = [(name.encode(), SECRET.encode()) for name in headers]
    record.response_headers = [(b"set-cookie", f"sid={SECRET}; Path=/".encode())]
    record.query = "&".join(f"{name}={SECRET}&page=1" for name in query).encode()
    if place in {"token", "matched"}:
        record.path, record.route = f"/v1/shared/{SECRET}", "/v1/shared/{token}"
    elif place == "unmatched":
        record.path, record.route = f"/v1/shared/{SECRET}/x", None
    elif place == "referer":
        url = f"https://me:{SECRET}@host/a/{SECRET}?token={SECRET}#{SECRET}"
        record.request_headers = [*record.request_headers, (b"referer", url.encode())]
    elif place == "location":
        record.response_headers = [(b"location", f"/v1/shared/{SECRET}?code={SECRET}".encode())]
    record.request_body = json.dumps(sent).encode()
    record.response_body = json.dumps({"data": answered, "token": SECRET}).encode()
    record.end()
    row = row_of(record, cap)
    stored = "".join(
        bytes(value).decode()
        if not isinstance(value, (str, int)) and hasattr(value, "__bytes__")
        else str(value)
        for value in row.values()
    )  # fmt: skip - a table reads better in columns
    assert SECRET not in stored
    assert SECRET[:12] not in stored


async def test_a_row_holds_what_is_useful_and_nothing_secret(house: House) -> None:
    answer = await house.client.post(
        "/odd/echo?page=2&api_key=planted-1",
        json={"password": "planted-2", "profile": {"name": "Ann", "pin": "planted-3"}},
        headers={"authorization": "Bearer planted-4", "cookie": "a=planted-5", "x-kind": "test"},
    )
    assert answer.json()["token"] == "issued-token"
    await house.client.get("/odd/links/planted-6")
    await house.client.post("/odd/links/planted-6-and-more-of-it")
    shown = [await detail(house, OPERATOR, line["id"]) for line in await kept(house, OPERATOR, "?sort=at")]
    assert "planted" not in str(shown)
    assert "issued-token" not in str(shown)
    echo, link, wrong = shown
    assert echo["query"] == "page=2&api_key=%5Bredacted%5D"
    assert echo["request_headers"]["x-kind"] == "test"
    assert echo["request_headers"]["authorization"] == echo["request_headers"]["cookie"] == HIDDEN
    assert json.loads(echo["request_body"]) == {
        "password": HIDDEN,
        "profile": {"name": "Ann", "pin": HIDDEN},
    }
    assert json.loads(echo["response_body"]) == {"token": HIDDEN, "profile": {"name": "Ann", "pin": HIDDEN}}
    assert (link["path"], wrong["path"], wrong["route"]) == (
        "/odd/links/{token}",
        f"/odd/links/{HIDDEN}",
        None,
    )  # fmt: skip - a table reads better in columns
