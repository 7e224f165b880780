"""AsyncAPI's own JSON Schema takes the description of our events, and the events fit what it says."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests.tools_env import executable
from tools.fuzz import Served

pytestmark = pytest.mark.needs("asyncapi")


@pytest.fixture
def document(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{served.url}/docs/events.json").json()
    return found


def test_the_description_is_asyncapi(document: dict[str, Any]) -> None:
    schema = json.loads(executable("asyncapi").read_text())
    judge = jsonschema_rs.validator_for(schema)
    assert [error.message for error in judge.iter_errors(document)] == []
    broken = {**document, "channels": {"a": {"messages": 7}}}
    assert not judge.is_valid(broken)


def test_what_happens_is_what_is_described(served: Served, document: dict[str, Any]) -> None:
    with httpx.Client(base_url=served.url, headers={"authorization": f"Bearer {served.token}"}) as client:
        client.post("/v1/counters/described/increment", json={"by": 1}).raise_for_status()
        until = time.monotonic() + 30  # an event is shown once the dispatcher has given it its place
        while not (moved := client.get("/v1/events?type=counter.moved&limit=1").json()["items"]):
            assert time.monotonic() < until
        items = client.get("/v1/events?limit=20").json()["items"] + moved
        assert [item["type"] for item in moved] == ["counter.moved"]
        components = document["components"]
        for item in items:
            data = client.get(f"/v1/events/{item['id']}").json()["data"]
            described = components["schemas"][f"{item['type']}.event"]["properties"]["data"]
            judge = jsonschema_rs.validator_for({**described, "components": components})
            assert judge.is_valid(data), data
            assert not judge.is_valid({})
