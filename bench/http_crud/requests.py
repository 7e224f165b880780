"""The sequences that the workloads send, the same for every contender and round."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import httpx
import msgspec

from bench.harness.load import http_request
from bench.harness.model import Endpoint, Request
from bench.http_crud import data
from bench.http_crud.api import Dialect, in_half_a_day

KEPT: Final = "mixed-kept"
WORKLOADS: Final = {
    "get": "one item by a random id",
    "list": "20 items of one status, newest first, at a random one of each list's first 10 pages",
    "create": "a new item, validated; 201 with the stored row",
    "mixed": "70 % get, 20 % list, 10 % create",
    KEPT: "as mixed, but each of the 100 users sends the same token every time",
}
LENGTH: Final = 10_000
_PAGES: Final = 10
_MIX: Final = {"get": 70, "list": 20, "create": 10}
_MIXES: Final = {"mixed": _MIX, KEPT: _MIX}


class Page(NamedTuple):
    """One page of one organization's list."""

    organization_id: UUID
    path: str


class Asker:
    """Makes requests in the name of the benchmark's users.

    Each request carries a token that no other request of the sequence carries, so that a
    server which remembers tokens has to verify every one all the same; unless tokens are
    kept, as real clients keep them: then each user has one.
    """

    def __init__(self, dialect: Dialect, *, keep_tokens: bool = False) -> None:
        self._dialect = dialect
        self._keep_tokens = keep_tokens
        self._kept: dict[UUID, dict[str, str]] = {}
        self._ends = in_half_a_day()
        self._members: dict[UUID, list[data.User]] = {}
        for user in data.users():
            self._members.setdefault(user.organization_id, []).append(user)

    def get(self, item: data.Item, draw: random.Random) -> Request:
        """One item, asked by somebody of its organization."""
        headers = self._authorization(draw.choice(self._members[item.organization_id]))
        return Request(kind="get", raw=http_request("GET", f"/v1/items/{item.id}", headers=headers))

    def create(self, body: dict[str, object], draw: random.Random) -> Request:
        """A new item of somebody's organization."""
        headers = self._authorization(draw.choice(data.users()))
        raw = http_request("POST", "/v1/items", headers=headers, body=msgspec.json.encode(body))
        return Request(kind="create", raw=raw)

    def page(self, page: Page, draw: random.Random) -> Request:
        """One page of a list of somebody's organization."""
        headers = self._authorization(draw.choice(self._members[page.organization_id]))
        return Request(kind="list", raw=http_request("GET", page.path, headers=headers))

    def pages(self, endpoint: Endpoint) -> list[Page]:
        """The first pages of every list of every organization, found by following the contender's cursors."""
        found = []
        with httpx.Client(base_url=endpoint.url, timeout=10) as client:
            for organization, members in self._members.items():
                headers = self._authorization(members[0])
                for status in data.STATUSES:
                    found += [Page(organization, path) for path in self._walk(client, status, headers)]
        return found

    def _walk(self, client: httpx.Client, status: str, headers: dict[str, str]) -> Iterator[str]:
        cursor = None
        for _ in range(_PAGES):
            path = self._dialect.list_path(status, cursor)
            yield path
            cursor = client.get(path, headers=headers).raise_for_status().json()["next_cursor"]
            if cursor is None:
                return

    def _authorization(self, user: data.User) -> dict[str, str]:
        headers = self._kept.get(user.id)
        if headers is None:
            self._ends += timedelta(seconds=1)
            token = self._dialect.token(user, (data.READ, data.WRITE), self._ends)
            headers = {"Authorization": f"Bearer {token}"}
            if self._keep_tokens:
                self._kept[user.id] = headers
        return headers


def requests(dialect: Dialect, endpoint: Endpoint, workload: str) -> Sequence[Request]:
    """The sequence of a workload; `list` and `mixed` ask the running contender for its cursors first."""
    draw = random.Random(f"{data.SEED} {workload}")
    asker = Asker(dialect, keep_tokens=workload == KEPT)
    mix = _MIXES.get(workload, {workload: 1})
    kinds = draw.choices(list(mix), weights=list(mix.values()), k=LENGTH)
    pages = asker.pages(endpoint) if "list" in mix else []
    bodies = iter(data.bodies(kinds.count("create")))
    make: dict[str, Callable[[], Request]] = {
        "get": lambda: asker.get(draw.choice(data.items()), draw),
        "list": lambda: asker.page(draw.choice(pages), draw),
        "create": lambda: asker.create(next(bodies), draw),
    }
    return [make[kind]() for kind in kinds]


def probe(dialect: Dialect) -> Request:
    """The request whose 200 says that a server is of use: an authenticated read."""
    return Asker(dialect).get(data.items()[0], random.Random(data.SEED))
