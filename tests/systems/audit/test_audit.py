"""Records in the same commit, a chain that shows every touch, people who can be erased, an end that is pruned."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import ConstraintViolation, UnitOfWork
from backstay.kernel.database.compiled import Compiled
from backstay.systems.audit import erase, record, verify
from backstay.systems.audit.commands import audit as command
from backstay.systems.audit.service import prune_all, sign_all
from tests.conftest import make_actor
from tests.house import open_house
from tests.systems.audit.conftest import MODULES, Trail


async def test_a_record_says_who_what_and_when(trail: Trail) -> None:
    await trail.add("shop.price_changed", before={"price": 1}, after={"price": 2, "big": 2**60})
    (one,) = (await trail("GET", "/records"))["items"]
    assert len(one.pop("hash")) == 64
    assert one == {
        "seq": 1,
        "at": "2026-01-01T00:00:00Z",
        "action": "shop.price_changed",
        "actor_id": str(trail.actor.id),
        "actor_kind": "user",
        "session_id": None,
        "impersonator_id": None,
        "subject_type": "thing",
        "subject_id": "1",
        "person_id": None,
        "request_id": None,
        "before": {"price": 1},
        "after": {"price": 2, "big": str(2**60)},
        "erased": False,
    }
    assert (await trail("GET", "/records/1"))["action"] == "shop.price_changed"
    missing = await trail.house(trail.actor, "GET", "/v1/audit/records/2")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_record")
    await trail("POST", "/notes", {"text": "by phone"})
    (note,) = (await trail("GET", "/records?action=audit.note_added"))["items"]
    assert (note["seq"], note["after"], len(note["request_id"])) == (2, {"text": "by phone"}, 36)


async def test_a_rollback_leaves_no_record_and_no_gap(trail: Trail) -> None:
    await trail.add("shop.opened")

    async def fail(uow: UnitOfWork) -> None:
        record(uow, "shop.burned", subject=("shop", 1))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await trail.database.run(trail.actor, fail)
    await trail.add("shop.closed", "shop.sold")
    items = (await trail("GET", "/records?sort=seq"))["items"]
    assert [(one["seq"], one["action"]) for one in items] == [
        (1, "shop.opened"),
        (2, "shop.closed"),
        (3, "shop.sold"),
    ]
    assert await trail.problem() is None


async def test_an_action_without_a_module_is_refused(trail: Trail) -> None:
    with pytest.raises(ValueError, match="'opened' is no name of an action"):
        await trail.add("opened")


async def test_many_at_once_make_one_chain(trail: Trail) -> None:
    await asyncio.gather(*(trail.add("shop.sold", "shop.sent") for _ in range(25)))
    found = await verify(trail.database.reader(trail.actor))
    assert (found.valid, found.records, found.first_seq, found.last_seq) == (True, 50, 1, 50)


async def test_organizations_have_chains_of_their_own(trail: Trail) -> None:
    other = Trail(trail.house, make_actor("eve"))
    await trail.add("shop.opened")
    await other.add("shop.opened", "shop.closed")
    assert [one["seq"] for one in (await trail("GET", "/records"))["items"]] == [1]
    assert [one["seq"] for one in (await other("GET", "/records"))["items"]] == [2, 1]
    assert (await other.house(trail.actor, "GET", "/v1/audit/records/2")).status_code == 404


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (
            "UPDATE audit_records SET record = replace(record, 'shop.b', 'shop.x') WHERE seq = 2",
            "record 2, or one before it, is not what was recorded",
        ),
        (
            "UPDATE audit_records SET action = 'shop.x' WHERE seq = 2",
            "the columns of record 2 are not what was recorded",
        ),
        ("DELETE FROM audit_records WHERE seq = 2", "record 3 stands where 2 should"),
        ("DELETE FROM audit_records WHERE seq = 1", "record 2 stands where 1 should"),
        ("DELETE FROM audit_records WHERE seq = 4", "the chain says 4, and 3 is the last"),
        ("DELETE FROM audit_chains", "records are there without a chain"),
    ],
)
async def test_every_touch_shows(trail: Trail, tamper: str, problem: str) -> None:
    await trail.add("shop.a", "shop.b", "shop.c", "shop.d")
    await trail("POST", "/checkpoints")
    assert await trail.problem() is None
    await trail.sql(tamper)
    assert await trail.problem() == problem


async def test_two_that_changed_places_show(trail: Trail) -> None:
    await trail.add("shop.a", "shop.b", "shop.c")
    for old, new in ((2, 99), (3, 2), (99, 3)):
        await trail.sql(f"UPDATE audit_records SET seq = {new} WHERE seq = {old}")
    assert await trail.problem() == "record 3 stands where 2 should"


async def test_an_end_cut_off_to_the_chains_row_shows_by_the_checkpoint(trail: Trail) -> None:
    await trail.add("shop.a", "shop.b", "shop.c")
    await trail("POST", "/checkpoints")
    await trail.sql("DELETE FROM audit_records WHERE seq = 3")
    head = "(SELECT hash FROM audit_records WHERE seq = 2)"
    await trail.sql(f"UPDATE audit_chains SET seq = 2, hash = {head}")
    assert await trail.problem() == "record 2 is the last, and 3 was signed: the end is cut off"


async def test_the_database_refuses_to_change_or_delete_a_record(trail: Trail) -> None:
    await trail.add("shop.a")
    for text in ("UPDATE audit_records SET action = 'x'", "DELETE FROM audit_records"):
        transaction = trail.database._engine.transaction()
        with pytest.raises(ConstraintViolation):
            await transaction.execute(Compiled("test.sql", text, (), frozenset(), tuple), [])
        await transaction.rollback()
    assert await trail.problem() is None


async def test_an_erased_persons_data_is_gone_and_the_chain_holds(trail: Trail) -> None:
    person, other = uuid4(), uuid4()
    await trail.add("people.renamed", person=person, before={"name": "Ada"}, after={"name": "Ada L."})
    await trail.add("people.renamed", person=other, after={"name": "Bob"})
    first, second = reversed((await trail("GET", "/records"))["items"])
    assert (first["before"], first["after"], first["erased"]) == ({"name": "Ada"}, {"name": "Ada L."}, False)
    raw = (await trail("GET", "/export")).text
    assert ("Ada" in raw, "Bob" in raw) == (False, False)
    receipt = await erase(trail.database, trail.actor, person)
    assert (receipt.person_id, receipt.organizations) == (person, 1)
    erased, again, told = reversed((await trail("GET", "/records"))["items"])
    assert (erased["before"], erased["after"], erased["erased"]) == (None, None, True)
    assert again == second
    assert (told["action"], told["subject_id"]) == ("audit.person_erased", str(person))
    assert await trail.problem() is None
    assert (await erase(trail.database, trail.actor, person)).organizations == 0
    twice = await trail.house(trail.actor, "DELETE", f"/v1/audit/people/{person}")
    assert (twice.status_code, twice.json()["code"]) == (404, "no_such_record")


async def test_what_is_old_and_signed_is_pruned_and_the_rest_still_proves_itself(
    trail: Trail, clock: ManualClock
) -> None:
    await trail.add("shop.a", "shop.b")
    assert await sign_all(trail.database, batch=10) == 1
    assert await sign_all(trail.database, batch=10) == 0
    await trail.add("shop.c")
    clock.move(timedelta(days=40))
    assert await prune_all(trail.database, days=30) == 2
    await trail.add("shop.d")
    await trail("POST", "/checkpoints")
    found = await verify(trail.database.reader(trail.actor))
    assert (found.valid, found.first_seq, found.last_seq, found.checkpoints) == (True, 3, 4, 2)
    await trail.sql("DELETE FROM audit_records WHERE seq = 3")
    assert await trail.problem() == "record 4 stands where 3 should"


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_the_verifier_alone_checks_an_export(trail: Trail, tmp_path: Path, form: str) -> None:
    await trail.add("shop.a", "shop.b", after={"n": 1.5, "words": '=1+1, "x"\nü'})
    (kept,) = await trail("POST", "/checkpoints")
    answer = await trail("GET", f"/export?form={form}")
    assert answer.headers["content-disposition"] == f'attachment; filename="audit.{form}"'
    path, program = tmp_path / f"audit.{form}", tmp_path / "verifier.py"
    path.write_bytes(answer.content)
    program.write_text(CliRunner().invoke(command, ["verifier"]).output)

    def check(*more: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(program), str(path), *more],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    key = (await trail("GET", "/key"))["public_key"]
    assert key == kept["public_key"]
    assert check("--key", key) == (0, "holds: 2 records up to 2, 1 checkpoints\n")
    assert check("--key", "00" * 32) == (1, "BROKEN: checkpoint 2 is signed by a key that is not believed\n")
    path.write_bytes(answer.content.replace(b"shop.a", b"shop.z"))
    assert check("--key", key) == (1, "BROKEN: record 1, or one before it, is not what was recorded\n")
    lines = answer.text.splitlines(keepends=True)
    path.write_text("".join(lines[:-2]), encoding="utf-8", newline="")
    assert check("--key", key)[0] == 0
    mark = json.dumps({**json.loads(_proof(lines[-1], form))})
    assert check("--key", key, "--checkpoint", mark) == (
        1,
        "BROKEN: record 1 is the last, and 2 was signed: the end is cut off\n",
    )


def _proof(line: str, form: str) -> str:
    return line if form == "jsonl" else next(csv.reader(io.StringIO(line)))[-1]


async def test_a_running_server_signs_by_itself(database_url: str, tmp_path: Path) -> None:
    environ = {"BACKSTAY_AUDIT_CHECKPOINT_INTERVAL": "1"}
    async with open_house(MODULES, database_url, data_dir=tmp_path, environ=environ) as house:
        trail = Trail(house, make_actor("ada"))
        await trail.add("shop.a")
        async with asyncio.timeout(20):
            while not (marks := await trail("GET", "/checkpoints")):
                pass
    assert [mark["seq"] for mark in marks] == [1]
