"""One organization against another, and one person against a colleague, on every route that names something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from backstay.kernel.actor import Actor
from backstay.kernel.database.statement import Compiled
from backstay.systems.traffic.contracts import OPERATE
from backstay.systems.traffic.service import Recorder
from tests.conftest import make_actor
from tests.house import House
from tests.security.routes import guarded, label

HOUSE_WIDE = {
    "GET /v1/console/systems/{name:str}": "modules belong to the house, not to an organization",
    "GET /v1/console/proofs/{proof_id:str}": "so do the runs of its guarantees",
    "GET /v1/console/proofs/{proof_id:str}/stream": "so do the runs of its guarantees",
    "DELETE /v1/console/proofs/{proof_id:str}": "so do the runs of its guarantees",
    "GET /v1/mail/templates/{name:str}": "templates belong to the house",
    "GET /v1/mail/templates/{name:str}/html": "templates belong to the house",
}
"""Routes whose parameter names nothing that an organization owns, and why."""

MAKES_ITS_OWN = {
    f"POST /v1{whose}/counters/{{name:str}}/{move}"
    for whose in ("", "/me")
    for move in ("increment", "decrement")
}
"""A counter is made by its first move, so a stranger gets a counter of their own under the same name."""

SHARED_BY_COLLEAGUES = ("/v1/counters", "/v2/counters", "/v1/traffic", "/v1/mail")
"""What the people of one organization have in common; everything else is a person's own."""


@dataclass
class Target:
    """What the victim owns, for the places in a path and the fields that a change takes."""

    values: dict[str, str]
    bodies: dict[str, Any]


Make = Callable[[House, Actor], Awaitable[Target]]


async def _note(house: House, victim: Actor) -> Target:
    made = await house(victim, "POST", "/v1/notes", {"title": "ours", "body": "private", "tags": ["plans"]})
    assert made.status_code == 201, made.text
    note_id = made.json()["id"]
    shared = await house(victim, "POST", f"/v1/notes/{note_id}/share", {})
    assert shared.status_code == 201, shared.text
    return Target(
        {"note_id": note_id, "name": "plans"},
        {
            "PATCH /v1/notes/{note_id:uuid}": {"title": "theirs"},
            "PATCH /v1/notes/tags/{name:str}": {"name": "taken"},
            "POST /v1/notes/{note_id:uuid}/share": {},
        },
    )


async def _counters(house: House, victim: Actor) -> Target:
    bodies: dict[str, Any] = {}
    for whose in ("", "/me"):
        made = await house(victim, "POST", f"/v1{whose}/counters/visits/increment", {"by": 41})
        assert made.json()["version"] == 1
        bodies[f"POST /v1{whose}/counters/{{name:str}}/increment"] = {"by": 1}
        bodies[f"POST /v1{whose}/counters/{{name:str}}/decrement"] = {"by": 1}
        bodies[f"POST /v1{whose}/counters/{{name:str}}/reset"] = {"value": 0}
    return Target({"name": "visits"}, bodies)


async def _request(house: House, victim: Actor) -> Target:
    await house(victim, "GET", "/v1/notes")
    await house.backend.part(Recorder).flush()
    kept = await house(victim, "GET", "/v1/traffic/requests?path=/v1/notes")
    return Target({"request_id": kept.json()["items"][0]["id"]}, {})


async def _mail(house: House, victim: Actor) -> Target:
    suppressed = await house(victim, "POST", "/v1/mail/suppressions", {"address": "eve@example.test"})
    assert suppressed.status_code == 201, suppressed.text
    mail = {"template": "mail.test", "to": "eve@example.test"}
    held_back = await house(victim, "POST", "/v1/mail/messages/test", mail)
    assert held_back.json()["state"] == "suppressed"
    return Target(
        {"mail_id": held_back.json()["id"], "suppression_id": suppressed.json()["id"]},
        {"POST /v1/mail/messages/{mail_id:uuid}/reconcile": {"handed_over": True}},
    )


MAKERS: dict[str, Make] = {"notes": _note, "counter": _counters, "traffic": _request, "mail": _mail}
"""By module; a module whose routes take a parameter needs one."""


async def everything_of(house: House, owner: Actor) -> dict[str, list[tuple[str, ...]]]:
    """Every row of every table that belongs to the owner's organization."""
    engine = house.backend.database._engine
    mark = "?" if house.backend.database.dialect == "sqlite" else "$1"
    value: Any = str(owner.organization_id) if mark == "?" else owner.organization_id
    found = {}
    for module in house.backend.modules:
        for table in module.tables.tables.values() if module.tables is not None else ():
            if "organization_id" in table.columns and module.name != "traffic":
                sql = f"SELECT * FROM {table.name} WHERE organization_id = {mark}"
                rows = await engine.fetch(Compiled("test.everything", sql, (), frozenset(), tuple), [value])
                found[table.name] = sorted(tuple(map(str, row)) for row in rows)
    return found


async def _attack(house: House, attacker: Actor, victim: Actor, spare: tuple[str, ...] = ()) -> set[str]:
    """Every route with a parameter, against what the victim owns; the routes that were tried."""
    targets = {name: await make(house, victim) for name, make in MAKERS.items()}
    before = await everything_of(house, victim)
    assert all(before[table] for table in ("notes_notes", "notes_tags", "counter_counters", "counter_moves"))
    tried = set()
    for endpoint in guarded(house):
        name = label(endpoint)
        if "{" not in endpoint.template or name in HOUSE_WIDE or endpoint.template.startswith(spare):
            continue
        assert endpoint.module in targets, f"{name}: say in MAKERS how to make what it names"
        target = targets[endpoint.module]
        path = endpoint.template
        for key, value in target.values.items():
            path = path.replace(f"{{{key}:uuid}}", value).replace(f"{{{key}:str}}", value)
        assert "{" not in path, f"{name}: its parameter has no value in MAKERS"
        # Any version: a stranger who guesses it must get no further.
        for version in ('"1"', '"2"'):
            answer = await house(
                attacker, endpoint.route.method, path, target.bodies.get(name), if_match=version
            )
            if name in MAKES_ITS_OWN:
                assert answer.status_code == 200, (name, answer.text)
                assert abs(answer.json()["value"]) < 40, name
            else:
                assert answer.status_code == 404, (name, answer.text)
                assert set(answer.json()) <= {
                    "type",
                    "title",
                    "status",
                    "code",
                    "detail",
                    "instance",
                    "trace_id",
                }, name  # fmt: skip - one member a line says nothing more
        if name in MAKES_ITS_OWN:  # so that the routes that follow do not find the attacker's own
            own = await house(attacker, "GET", path.rpartition("/")[0])
            tag = own.headers["etag"]
            gone = await house(attacker, "DELETE", path.rpartition("/")[0], if_match=tag)
            assert gone.status_code == 204, gone.text
        assert await everything_of(house, victim) == before, name
        tried.add(name)
    return tried


async def test_another_organization_reaches_nothing(house: House) -> None:
    every = {permission.name for module in house.backend.modules for permission in module.permissions}
    intruder = make_actor("mallory", permissions=tuple(every - {OPERATE.name}))
    tried = await _attack(house, intruder, make_actor("ada"))
    named = {label(endpoint) for endpoint in guarded(house) if "{" in endpoint.template}
    assert tried == named - set(HOUSE_WIDE)
    assert len(tried) > 20


async def test_a_colleague_reaches_nothing_of_ones_own(house: House) -> None:
    every = {permission.name for module in house.backend.modules for permission in module.permissions}
    ada = make_actor("ada")
    colleague = make_actor("bob", organization=ada.organization_id, permissions=tuple(every - {OPERATE.name}))
    tried = await _attack(house, colleague, ada, SHARED_BY_COLLEAGUES)
    assert {name for name in tried if "/notes" in name}
    assert {name for name in tried if "/me/counters" in name}


async def test_lists_show_nothing_of_another_organization(house: House) -> None:
    ada, mallory = (
        make_actor("ada"),
        make_actor("mallory", permissions=("notes:read", "counter:read", "traffic:read", "mail:read")),
    )
    for make in MAKERS.values():
        await make(house, ada)
    await house.backend.part(Recorder).flush()
    for path in (
        "/v1/notes",
        "/v1/notes?q=ours",
        "/v1/notes?deleted=true",
        "/v1/notes/tags",
        "/v1/notes/shares",
        "/v1/counters",
        "/v1/me/counters",
        "/v1/traffic/requests",
        "/v1/mail/messages",
        "/v1/mail/suppressions",
    ):
        assert (await house(ada, "GET", path)).json()["items"] or "deleted" in path, path
        answer = await house(mallory, "GET", path)
        assert (answer.status_code, answer.json()["items"]) == (200, []), path
    assert (await house(mallory, "GET", "/v1/traffic/routes")).json() == []


async def test_every_list_is_tried(house: House) -> None:
    lists = {label(endpoint) for endpoint in guarded(house) if "listing" in endpoint.route.options}
    assert lists == {
        "GET /v1/notes",
        "GET /v1/notes/tags",
        "GET /v1/notes/shares",
        "GET /v1/counters",
        "GET /v1/counters/{name:str}/moves",
        "GET /v1/me/counters",
        "GET /v1/me/counters/{name:str}/moves",
        "GET /v1/traffic/requests",
        "GET /v1/mail/messages",
        "GET /v1/mail/suppressions",
    }
