"""Before anything is timed: each contender answers the same requests with the same content, or refuses."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec

from bench.harness.model import Endpoint
from bench.http_crud import data
from bench.http_crud.api import Dialect, in_half_a_day


class DiffersError(Exception):
    """A contender answered otherwise than the benchmark's definition asks."""


def check(endpoint: Endpoint, dialect: Dialect, rows: Callable[[], int]) -> None:
    """Raise `DiffersError` with the first request that is answered wrongly."""
    with httpx.Client(base_url=endpoint.url, timeout=10) as client:
        checker = _Checker(client, dialect)
        checker.refuses_without_a_valid_token()
        checker.refuses_without_the_scope()
        checker.gets()
        checker.keeps_organizations_apart()
        checker.lists()
        checker.creates(rows)
        checker.rejects_invalid_items(rows)


class _Checker:
    def __init__(self, client: httpx.Client, dialect: Dialect) -> None:
        self._client = client
        self._dialect = dialect
        self._user = data.users()[0]
        self._items = [item for item in data.items() if item.organization_id == self._user.organization_id]
        self._token = self._sign(data.READ, data.WRITE)

    def refuses_without_a_valid_token(self) -> None:
        path = f"/v1/items/{self._items[0].id}"
        header, payload, signature = self._token.split(".")
        forged = _decoded(payload) | {"sub": str(data.users()[1].id)}
        nobody = {
            "no token": None,
            "another's claims": ".".join((header, _encoded(forged), signature)),
            "another key": ".".join((header, payload, signature[::-1])),
            "no algorithm": ".".join((_encoded({"alg": "none", "typ": "JWT"}), payload, "")),
            "ended": self._sign(data.READ, ends=datetime.now(UTC) - timedelta(hours=1)),
            "no JWT": "letmein",
        }
        for name, token in nobody.items():
            self._expect(f"get with {name}", self._request("GET", path, token=token), {401})
        for body in ({}, data.bodies(1)[0]):
            self._expect(
                "create with no token", self._request("POST", "/v1/items", token=None, json=body), {401}
            )

    def refuses_without_the_scope(self) -> None:
        path, reader, writer = f"/v1/items/{self._items[0].id}", self._sign(data.READ), self._sign(data.WRITE)
        self._expect("get with another scope", self._request("GET", path, token=writer), {403})
        listing = self._dialect.list_path("open", None)
        self._expect("list with another scope", self._request("GET", listing, token=writer), {403})
        created = self._request("POST", "/v1/items", token=reader, json=data.bodies(1)[0])
        self._expect("create with another scope", created, {403})

    def gets(self) -> None:
        for item in self._items[::100]:
            found = self._expect("get", self._request("GET", f"/v1/items/{item.id}"), {200})
            self._same("get", _instants(found), item.wire())
        self._expect("get of nothing", self._request("GET", f"/v1/items/{UUID(int=1, version=4)}"), {404})
        self._expect("get of no id", self._request("GET", "/v1/items/x"), {400, 404, 422})

    def keeps_organizations_apart(self) -> None:
        other = next(item for item in data.items() if item.organization_id != self._user.organization_id)
        self._expect("get of another's item", self._request("GET", f"/v1/items/{other.id}"), {404})

    def lists(self) -> None:
        for status in data.STATUSES:
            expected = [item.wire() for item in reversed(self._items) if item.status == status]
            found: list[dict[str, Any]] = []
            cursor = None
            for page in range(1, 4):
                listing = self._request("GET", self._dialect.list_path(status, cursor))
                answer = self._expect("list", listing, {200})
                found += [_instants(item) for item in answer["items"]]
                cursor = answer["next_cursor"]
                self._same(f"page {page} of {status}", found, expected[: page * data.PAGE])
        limitless = self._dialect.list_path("open", None).replace("limit=20", "limit=100000")
        self._expect("list without bound", self._request("GET", limitless), self._dialect.wrong)
        unknown = self._dialect.list_path("lost", None)
        self._expect("list of an unknown status", self._request("GET", unknown), self._dialect.wrong)
        broken = self._dialect.list_path("open", "broken")
        self._expect("list from a broken cursor", self._request("GET", broken), self._dialect.wrong)

    def creates(self, rows: Callable[[], int]) -> None:
        before = rows()
        for body in data.bodies(3):
            created = self._expect("create", self._request("POST", "/v1/items", json=body), {201})
            stored = self._expect(
                "get what was created", self._request("GET", f"/v1/items/{created['id']}"), {200}
            )
            self._same("the created item", stored, created)
            expected = body | {"organization_id": str(self._user.organization_id), "version": 1}
            self._same("the created item", {name: created[name] for name in expected}, expected)
            age = datetime.now(UTC) - _instants(created)["created_at"]
            if not timedelta(seconds=-1) < age < timedelta(seconds=30) or set(created) != set(
                self._items[0].wire()
            ):
                raise DiffersError(f"the created item reads {created}")
        self._same("rows after creating", rows(), before + 3)

    def rejects_invalid_items(self, rows: Callable[[], int]) -> None:
        before = rows()
        good = data.bodies(1)[0]
        for change in (
            {"title": ""},
            {"title": "x" * (data.MAX_TITLE + 1)},
            {"title": 5},
            {"title": None},
            {"body": "x" * 10_001},
            {"status": "lost"},
            {"priority": 0},
            {"priority": 6},
            {"priority": "high"},
            {"priority": 1.5},
        ):
            answer = self._request("POST", "/v1/items", json=good | change)
            self._expect(f"create with {str(change)[:40]}", answer, self._dialect.wrong)
        for name in good:
            partial = {key: value for key, value in good.items() if key != name}
            answer = self._request("POST", "/v1/items", json=partial)
            self._expect(f"create without {name}", answer, self._dialect.wrong)
        self._same("rows after refusing", rows(), before)

    def _sign(self, *scopes: str, ends: datetime | None = None) -> str:
        return self._dialect.token(self._user, scopes, ends or in_half_a_day())

    def _request(
        self, method: str, path: str, *, token: str | None = "", json: object = None
    ) -> httpx.Response:
        """Ask with the usual token, another one, or None."""
        headers = {} if token is None else {"Authorization": f"Bearer {token or self._token}"}
        return self._client.request(method, path, headers=headers, json=json)

    @staticmethod
    def _expect(what: str, answer: httpx.Response, statuses: set[int] | frozenset[int]) -> Any:
        if answer.status_code not in statuses:
            raise DiffersError(
                f"{what}: {answer.status_code} instead of {sorted(statuses)}: {answer.text[:500]}"
            )
        return answer.json() if answer.content else None

    @staticmethod
    def _same(what: str, found: object, expected: object) -> None:
        if found != expected:
            raise DiffersError(f"{what}: {str(found)[:2000]} instead of {str(expected)[:2000]}")


def _instants(item: dict[str, Any]) -> dict[str, Any]:
    """The item with its times read, so that `Z` and `+00:00` are the same."""
    times = {name: datetime.fromisoformat(item[name]) for name in ("created_at", "updated_at")}
    return item | times


def _decoded(part: str) -> dict[str, Any]:
    return msgspec.json.decode(base64.urlsafe_b64decode(part + "=="), type=dict[str, Any])


def _encoded(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=").decode()
