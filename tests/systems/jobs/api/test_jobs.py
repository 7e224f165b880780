"""Jobs over HTTP: exactly what is shown, and what steering does; on both databases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from backstay.kernel.actor import SYSTEM_ORGANIZATION, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs import Job, Jobs, JobState, Receipt
from backstay.systems.jobs.testing import drain
from tests.conftest import make_actor
from tests.house import House
from tests.systems.jobs.api.shop import Chain, Greet, Number


async def add(house: House, who: Actor, job: Job, **asked: object) -> UUID:
    async def work(uow: UnitOfWork) -> Receipt:
        return await job.enqueue(uow, **asked)  # type: ignore[arg-type]  # the test's own words

    return (await house.backend.database.run(who, work)).id


async def dead(house: House, who: Actor, clock: ManualClock, name: str = "nobody") -> UUID:
    """A job that has used its two attempts."""
    job_id = await add(house, who, Greet(name=name, api_token="s3cret"))
    await drain(house.backend)
    clock.move(timedelta(seconds=2))
    assert (await drain(house.backend))[JobState.DEAD] == 1
    return job_id


async def test_a_list_filters_and_pages_from_the_newest(house: House, ada: Actor) -> None:
    ids = [str(await add(house, ada, Number(value=value))) for value in range(5)]
    later = str(await add(house, ada, Greet(name="eve"), delay=60, priority=1))
    ordered = str(await add(house, ada, Chain(left=0)))
    first = await house(ada, "GET", "/v1/jobs?limit=3")
    assert [one["id"] for one in first.json()["items"]] == [ordered, later, ids[4]]
    assert first.json()["items"][1] == {
        "id": later,
        "kind": "shop.greet",
        "queue": "shop",
        "state": "scheduled",
        "priority": 1,
        "attempt": 0,
        "max_attempts": 2,
        "crashes": 0,
        "run_at": "2026-01-01T00:01:00Z",
        "created_at": "2026-01-01T00:00:00Z",
        "started_at": None,
        "finished_at": None,
        "worker": None,
        "order_key": None,
        "error": None,
        "progress": None,
        "schedule": None,
        "flow_id": None,
        "trace_id": None,
    }
    assert first.json()["previous_cursor"] is None
    second = await house(ada, "GET", f"/v1/jobs?limit=4&cursor={first.json()['next_cursor']}")
    assert [one["id"] for one in second.json()["items"]] == ids[3::-1]
    assert second.json()["next_cursor"] is None
    for query, wanted in {
        "state=scheduled": [later],
        "state=scheduled&state=ready&kind=shop.greet": [later],
        "kind=shop.number&limit=1": [ids[4]],
        "queue=elsewhere": [],
        "order_key=chain": [ordered],
        f"flow={uuid4()}": [],
        "schedule=shop.hourly": [],
    }.items():
        answer = await house(ada, "GET", f"/v1/jobs?{query}")
        assert [one["id"] for one in answer.json()["items"]] == wanted, query


async def test_a_cursor_of_ones_own_making_is_refused(house: House, ada: Actor) -> None:
    answer = await house(ada, "GET", "/v1/jobs?cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


async def test_a_job_is_shown_with_its_life_and_without_its_secrets(
    house: House, ada: Actor, clock: ManualClock
) -> None:
    job_id = await dead(house, ada, clock)
    shown = (await house(ada, "GET", f"/v1/jobs/{job_id}")).json()
    assert (shown["state"], shown["attempt"], shown["crashes"]) == ("dead", 2, 0)
    assert shown["arguments"]["name"] == "nobody"
    assert "s3cret" not in str(shown)
    assert shown["error"]["kind"] == "ValueError"
    assert shown["error"]["message"] == "whom? ask [email]"
    assert shown["error"]["trace"].startswith("Traceback")
    listed = (await house(ada, "GET", "/v1/jobs?state=dead")).json()["items"]
    # A page of traces is much to carry, and nobody reads it.
    assert [one["error"] for one in listed] == [{**shown["error"], "trace": ""}]
    assert "ann@example.com" not in str(shown)
    assert [(step["state"], step["attempt"]) for step in shown["history"]] == [
        ("ready", 0),
        ("running", 1),
        ("failed", 1),
        ("running", 2),
        ("dead", 2),
    ]
    assert shown["flow"] == []


async def test_a_job_of_nobody_is_not_found(house: House, ada: Actor) -> None:
    for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/replay")):
        answer = await house(ada, method, f"/v1/jobs/{uuid4()}{path}", {} if path == "/replay" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_job")


async def test_cancelling_ends_what_waits_and_leaves_what_has_ended(house: House, ada: Actor) -> None:
    waits, ended = await add(house, ada, Greet(name="eve"), delay=9), await add(house, ada, Greet(name="bob"))
    await drain(house.backend)
    cancelled = await house(ada, "POST", f"/v1/jobs/{waits}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    done = await house(ada, "POST", f"/v1/jobs/{ended}/cancel")
    assert (done.status_code, done.json()["state"]) == (200, "completed")
    assert (await house(ada, "GET", f"/v1/jobs/{ended}")).json()["result"] == "hello bob"


async def test_many_are_replayed_and_the_others_named(house: House, ada: Actor, clock: ManualClock) -> None:
    first, second = await dead(house, ada, clock), await dead(house, ada, clock)
    fine = await add(house, ada, Greet(name="eve"))
    strangers = await dead(house, make_actor("mallory"), clock)
    asked = [str(one) for one in (second, fine, first, strangers, first)]
    answer = await house(ada, "POST", "/v1/jobs/replay", {"ids": asked})
    assert answer.status_code == 200
    assert answer.json() == {
        "replayed": sorted([str(first), str(second)]),
        "refused": [str(fine), str(strangers)],
    }
    shown = (await house(ada, "GET", f"/v1/jobs/{first}")).json()
    assert (shown["state"], shown["attempt"]) == ("ready", 0)


async def test_an_edit_is_shown_before_it_is_made(house: House, ada: Actor, clock: ManualClock) -> None:
    job_id = await dead(house, ada, clock)
    edit = {"changes": {"name": "bob", "api_token": "0ther"}, "dry_run": True}
    tried = await house(ada, "POST", f"/v1/jobs/{job_id}/replay", edit)
    assert tried.status_code == 200, tried.text
    assert tried.json()["replayed"] is False
    assert tried.json()["job"]["state"] == "dead"
    secret, name = tried.json()["changes"]
    assert name == {"field": "name", "before": "nobody", "after": "bob"}
    assert secret["field"] == "api_token"
    assert "0ther" not in tried.text
    assert "s3cret" not in tried.text
    assert (await house(ada, "GET", f"/v1/jobs/{job_id}")).json()["state"] == "dead"
    made = await house(ada, "POST", f"/v1/jobs/{job_id}/replay", edit | {"dry_run": False})
    assert (made.json()["replayed"], made.json()["job"]["state"]) == (True, "ready")
    assert await drain(house.backend) == {JobState.COMPLETED: 1}
    shown = (await house(ada, "GET", f"/v1/jobs/{job_id}")).json()
    assert (shown["result"], shown["arguments"]["name"]) == ("hello bob", "bob")


async def test_what_does_not_fit_the_kind_is_refused(house: House, ada: Actor, clock: ManualClock) -> None:
    job_id = await dead(house, ada, clock)
    for changes in ({"name": 7}, {"nmae": "bob"}):
        answer = await house(ada, "POST", f"/v1/jobs/{job_id}/replay", {"changes": changes})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_arguments"), changes
    assert (await house(ada, "GET", f"/v1/jobs/{job_id}")).json()["state"] == "dead"
    fine = await add(house, ada, Greet(name="eve"))
    answer = await house(ada, "POST", f"/v1/jobs/{fine}/replay", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_replayable")


async def test_kinds_tell_what_arguments_they_take(house: House, ada: Actor) -> None:
    kinds = {one["kind"]: one for one in (await house(ada, "GET", "/v1/jobs/kinds")).json()}
    assert set(kinds) == {
        "jobs.probe",
        "jobs.prune_probes",
        "shop.chain",
        "shop.greet",
        "shop.number",
        "shop.sum",
        "shop.tidy",
    }
    greet = kinds["shop.greet"]
    assert (greet["module"], greet["options"]["queue"], greet["options"]["max_attempts"]) == (
        "shop",
        "shop",
        2,
    )
    assert greet["arguments"]["$defs"]["Greet"]["required"] == ["name"]


async def test_only_operators_look_into_another_organization(
    house: House, ada: Actor, operator: Actor
) -> None:
    job_id = await add(house, ada, Greet(name="eve"))
    whose = f"organization={ada.organization_id}"
    assert (await house(operator, "GET", f"/v1/jobs/{job_id}")).status_code == 404
    seen = await house(operator, "GET", f"/v1/jobs?{whose}")
    assert [one["id"] for one in seen.json()["items"]] == [str(job_id)]
    assert (await house(operator, "GET", f"/v1/jobs/{job_id}?{whose}")).json()["arguments"]["name"] == "eve"
    assert (await house(ada, "GET", f"/v1/jobs?{whose}")).status_code == 200
    for method, path in (
        ("GET", f"/v1/jobs?organization={operator.organization_id}"),
        ("GET", f"/v1/jobs/{job_id}?organization={SYSTEM_ORGANIZATION}"),
        ("POST", f"/v1/jobs/{job_id}/cancel?organization={operator.organization_id}"),
    ):
        answer = await house(ada, method, path)
        assert (answer.status_code, answer.json()["permission"]) == (403, "jobs:operate"), path
    body = {"ids": [str(job_id)]}
    refused = await house(ada, "POST", f"/v1/jobs/replay?organization={SYSTEM_ORGANIZATION}", body)
    assert refused.status_code == 403


async def test_who_waits_is_told_why(house: House, ada: Actor, operator: Actor, clock: ManualClock) -> None:
    bob = make_actor("bob", permissions=("jobs:read",))
    for _ in range(3):
        await add(house, ada, Greet(name="eve"))
    clock.move(timedelta(seconds=4))
    await add(house, bob, Greet(name="eve"))
    clock.move(timedelta(seconds=4))

    async def waiting(who: Actor) -> list[tuple[object, ...]]:
        answer = await house(who, "GET", "/v1/jobs/waiting")
        return [
            (one["organization_id"], one["ready"], one["running"], one["oldest_ready"], one["why"])
            for one in answer.json()
        ]

    mine, bobs = str(ada.organization_id), str(bob.organization_id)
    assert await waiting(operator) == [(mine, 3, 0, 8.0, "no_worker"), (bobs, 1, 0, 4.0, "turn")]
    assert await waiting(bob) == [(bobs, 1, 0, 4.0, "turn")]
    store = house.backend.part(Jobs).store
    (claimed,) = await store.claim("w1", ["shop"], 1, 30)
    assert await waiting(ada) == [
        (mine, 2, 1, 8.0, "behind_own")
        if claimed.organization_id == ada.organization_id
        else (mine, 3, 0, 8.0, "turn")
    ]  # fmt: skip - one row
    await store.limit("shop", rate=None, concurrency=1)
    assert next(why for *_, why in await waiting(operator)) == "limited"
    await store.pause("shop", paused=True)
    assert {why for *_, why in await waiting(operator)} == {"paused"}
