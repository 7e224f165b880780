from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, any_of, statement
from backstay.kernel.ids import uuid7
from tests.kernel.database.conftest import things

INSERT = statement(insert(things))
TITLES = statement(select(things.c.title).where(any_of(things.c.id, "ids")).order_by(things.c.title), str)
OTHER_TITLES = statement(
    select(things.c.title).where(~any_of(things.c.id, "ids")).order_by(things.c.title), str
)


@pytest.mark.usefixtures("tables")
async def test_any_of_takes_a_list_of_any_length(database: Database, actor: Actor) -> None:
    ids = [uuid7() for _ in range(3)]
    async with database.transaction(actor) as uow:
        for n, one in enumerate(ids):
            await uow.execute(INSERT, id=one, title=f"t{n}", rank=None, done=False, extra=None)
    reader = database.reader(actor)
    assert await reader.all(TITLES, ids=[]) == []
    assert await reader.all(TITLES, ids=[ids[2], ids[0]]) == ["t0", "t2"]
    assert await reader.all(OTHER_TITLES, ids=[]) == ["t0", "t1", "t2"]
    assert await reader.all(OTHER_TITLES, ids=[ids[2], ids[0]]) == ["t1"]


def test_any_of_is_left_as_an_index_can_answer_it() -> None:
    sql = " ".join(TITLES.compiled("sqlite").sql.split())
    assert "WHERE probe_things.id IN (SELECT value FROM json_each(?)) AND probe_things.organ" in sql
