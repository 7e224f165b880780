from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import jwt
import pytest

from bench.harness.model import Endpoint
from bench.http_crud import data, requests
from bench.http_crud.api import PEERS, SECRET

NOWHERE = Endpoint(port=1)
LENGTH = 500


@pytest.fixture(autouse=True)
def _short_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "LENGTH", LENGTH)


def test_the_rows_are_the_same_on_every_machine() -> None:
    items = data.items()
    assert len(items) == data.ROWS
    assert len({item.id for item in items}) == data.ROWS
    assert len({item.organization_id for item in items}) == data.ORGANIZATIONS
    assert items[0].created_at.isoformat() == "2025-01-01T00:00:02.931000+00:00"


def test_every_time_is_whole_milliseconds_and_later_than_the_one_before() -> None:
    times = [item.created_at for item in data.items()]
    assert all(time.microsecond % 1000 == 0 for time in times)
    assert times == sorted(set(times))


def test_every_row_could_have_been_created_over_http() -> None:
    for item in data.items():
        assert 1 <= len(item.title) <= data.MAX_TITLE
        assert item.status in data.STATUSES
        assert data.PRIORITIES[0] <= item.priority <= data.PRIORITIES[1]


def test_a_workload_never_sends_a_token_twice() -> None:
    sent = [request.raw for request in requests.requests(PEERS, NOWHERE, "get")]
    tokens = {raw.partition(b"Bearer ")[2].partition(b"\r\n")[0] for raw in sent}
    assert len(sent) == len(tokens) == LENGTH


def test_a_client_that_keeps_its_token_sends_the_same() -> None:
    asker = requests.Asker(PEERS, keep_tokens=True)
    draw = random.Random(1)
    sent = [asker.create({}, draw).raw for _ in range(1000)]
    assert len({raw.partition(b"Bearer ")[2].partition(b"\r\n")[0] for raw in sent}) == data.USERS


def test_a_workload_is_the_same_sequence_every_time() -> None:
    first, second = (
        [request.kind for request in requests.requests(PEERS, NOWHERE, "create")] for _ in range(2)
    )
    assert first == second == ["create"] * LENGTH


def test_the_mix_has_its_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    page = requests.Page(data.users()[0].organization_id, "/v1/items?status=open")
    monkeypatch.setattr(requests.Asker, "pages", lambda _self, _endpoint: [page])
    kinds = Counter(request.kind for request in requests.requests(PEERS, NOWHERE, "mixed"))
    assert sum(kinds.values()) == LENGTH
    assert kinds["get"] == pytest.approx(350, abs=50)
    assert kinds["list"] == pytest.approx(100, abs=35)
    assert kinds["create"] == pytest.approx(50, abs=25)


def test_a_peers_token_tells_who_asks_and_what_for() -> None:
    user = data.users()[0]
    token = PEERS.token(user, (data.READ, data.WRITE), datetime(2999, 1, 1, tzinfo=UTC))
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert claims["sub"] == str(user.id)
    assert claims["org"] == str(user.organization_id)
    assert claims["scope"] == "items:read items:write"
