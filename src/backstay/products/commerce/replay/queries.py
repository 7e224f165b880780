"""Statements about replays."""

from __future__ import annotations

from typing import Final

from sqlalchemy import insert, select, update

from backstay.kernel.database import param, statement
from backstay.products.commerce.replay.contracts import Credit, Run
from backstay.products.commerce.replay.tables import notes, runs

BEGIN: Final = statement(insert(runs))
FIND: Final = statement(
    select(*(runs.c[name] for name in Run.__struct_fields__)).where(
        runs.c.shop_id == param("shop_id"), runs.c.digest == param("digest")
    ),
    Run,
)
ADVANCE: Final = statement(
    update(runs)
    .where(runs.c.id == param("id"), runs.c.done == param("was"))
    .values(done=param("done"), delivered=runs.c.delivered + param("delivered"))
)
"""Touches nothing where another process has gone on meanwhile."""
CREDIT: Final = statement(insert(notes))
CREDITS: Final = statement(
    select(*(notes.c[name] for name in Credit.__struct_fields__))
    .where(notes.c.shop_id == param("shop_id"), notes.c.run_id == param("run_id"))
    .order_by(notes.c.invoice),
    Credit,
)
