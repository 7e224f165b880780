"""Where the readers of the log stand: the dispatcher, inboxes, replays and projections."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, Text, and_, delete, func, insert, select, text, tuple_, update

from backstay.kernel.database import any_of, listing, param, statement, upsert
from backstay.systems.events.contracts import EventReplay
from backstay.systems.events.tables import inbox, log, projections, replays, sequencer


class SequencerRow(Struct, frozen=True):
    """The last position given, and whose turn it is to give them."""

    position: int
    roster: str
    generation: int


_SEQUENCER = (sequencer.c.position, sequencer.c.roster, sequencer.c.generation)


NOTIFY = statement(
    {
        "sqlite": select(text("1")).where(text("1 = 0")),
        "postgresql": select(func.pg_notify(param("channel", Text), "")),
    }
)
MAKE = statement(
    upsert(sequencer, key=("id",)).insert(id=1, position=0, roster="", generation=0),
)
STANDING = statement(select(*_SEQUENCER).where(sequencer.c.id == 1), SequencerRow)
HOLD = statement(
    {
        "sqlite": select(*_SEQUENCER).where(sequencer.c.id == 1),
        "postgresql": select(*_SEQUENCER).where(sequencer.c.id == 1).with_for_update(),
    },
    SequencerRow,
)
"""Positions are given by one at a time: its row is locked until the commit."""
MOVE = statement(update(sequencer).where(sequencer.c.id == 1).values(position=param("position")))
TAKE_OVER = statement(
    update(sequencer)
    .where(sequencer.c.id == 1, sequencer.c.roster != param("roster"))
    .values(roster=param("roster"), generation=sequencer.c.generation + 1)
)
FORGIVE = statement(
    {
        "sqlite": select(text("1")).where(text("1 = 0")),
        # The lock of a process that stands still would stop everybody; its session ends instead.
        "postgresql": select(func.set_config("idle_in_transaction_session_timeout", "5000", True)),
    }
)

TAKE = statement(
    upsert(inbox, key=("subscription", "run", "seq")).insert().returning(inbox.c.seq),
    int,
)
"""Note an event for a subscription; no row when it was noted before."""
DELIVERED = statement(
    select(log.c.position)
    .join(inbox, inbox.c.seq == log.c.seq)
    .where(inbox.c.subscription == param("subscription"), inbox.c.run == 0)
    .order_by(inbox.c.seq.desc())
    .limit(1),
    int,
    unscoped=True,
)
_orphans = (
    select(inbox.c.subscription, inbox.c.run, inbox.c.seq)
    .where(inbox.c.subscription == param("subscription"), inbox.c.seq <= param("seq"))
    .limit(param("limit", Integer))
    .subquery("orphans")
)
PRUNE_INBOX = statement(
    delete(inbox)
    .where(
        inbox.c.subscription == param("subscription"),
        tuple_(inbox.c.run, inbox.c.seq).in_(select(_orphans.c.run, _orphans.c.seq)),
    )
    .returning(inbox.c.seq),
    int,
)
"""Forget what a subscription noted of events that are gone from the log; a bounded number."""

_REPLAY = tuple(replays.c[name] for name in EventReplay.__struct_fields__)
START_REPLAY = statement(
    insert(replays)
    .values(
        subscription=param("subscription"),
        state="running",
        first=param("first"),
        last=param("last"),
        position=param("first") - 1,
        events=0,
        created_at=param("at"),
        created_by=param("by"),
    )
    .returning(*_REPLAY),
    EventReplay,
)
GET_REPLAY = statement(select(*_REPLAY).where(replays.c.id == param("id")), EventReplay)
CANCEL_REPLAY = statement(
    update(replays)
    .where(replays.c.id == param("id"), replays.c.state == "running")
    .values(state="cancelled")
    .returning(*_REPLAY),
    EventReplay,
)
REPLAYS = listing(
    select(*_REPLAY),
    EventReplay,
    name="events.replays",
    key=replays.c.id,
    sorts={"id": replays.c.id},
    default=("-id",),
)


class RunningReplay(Struct, frozen=True):
    """A replay that has something left."""

    id: int
    organization_id: UUID
    subscription: str
    last: int
    position: int


_running = (
    select(
        replays.c.id, replays.c.organization_id, replays.c.subscription, replays.c.last, replays.c.position
    )
    .where(replays.c.state == "running")
    .order_by(replays.c.id)
    .limit(1)
)
ANY_REPLAY = statement(select(replays.c.id).where(replays.c.state == "running").limit(1), int, unscoped=True)
NEXT_REPLAY = statement(
    {"sqlite": _running, "postgresql": _running.with_for_update(skip_locked=True)},
    RunningReplay,
    unscoped=True,
)
MOVE_REPLAY = statement(
    update(replays)
    .where(replays.c.id == param("id"))
    .values(position=param("position"), events=replays.c.events + param("events"), state=param("state")),
    unscoped=True,
)


class ProjectionRow(Struct, frozen=True):
    """A generation of a projection."""

    name: str
    generation: int
    version: int
    state: str
    position: int
    error: str | None
    updated_at: datetime
    filling_from: int | None
    """While it takes what was before the log: the position to go on from afterwards."""


_PROJECTION = tuple(projections.c[name] for name in ProjectionRow.__struct_fields__)
_GENERATION = and_(projections.c.name == param("name"), projections.c.generation == param("generation"))
PROJECTIONS = statement(
    select(*_PROJECTION)
    .where(any_of(projections.c.name, "names"))
    .order_by(projections.c.name, projections.c.generation),
    ProjectionRow,
)
OF_PROJECTION = statement(
    select(*_PROJECTION).where(projections.c.name == param("name")).order_by(projections.c.generation),
    ProjectionRow,
)
ADD_GENERATION = statement(
    upsert(projections, key=("name", "generation"))
    .insert(
        version=param("version"),
        state=param("state"),
        position=0,
        filling_from=param("filling_from"),
        updated_at=param("at"),
    )
    .returning(projections.c.generation),
    int,
)
_held = select(*_PROJECTION).where(_GENERATION)
HOLD_GENERATION = statement(
    {"sqlite": _held, "postgresql": _held.with_for_update(skip_locked=True)}, ProjectionRow
)
MOVE_GENERATION = statement(
    update(projections)
    .where(_GENERATION)
    .values(position=param("position"), error=None, updated_at=param("at"))
)
END_FILLING = statement(
    update(projections)
    .where(_GENERATION)
    .values(position=projections.c.filling_from, filling_from=None, error=None, updated_at=param("at"))
)
FAIL_GENERATION = statement(
    update(projections).where(_GENERATION).values(error=param("error"), updated_at=param("at"))
)
SET_STATE = statement(
    update(projections).where(_GENERATION).values(state=param("state"), updated_at=param("at"))
)
FORGET_GENERATION = statement(delete(projections).where(_GENERATION, projections.c.state == "retired"))
ACTIVE = statement(
    select(projections.c.generation).where(
        projections.c.name == param("name"), projections.c.state == "active"
    ),
    int,
)
SLOWEST = statement(
    select(func.min(projections.c.position).label("slowest")).where(projections.c.state != "retired"), int
)
"""Where the projection stands that is furthest behind."""
