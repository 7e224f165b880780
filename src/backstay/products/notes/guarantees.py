"""What notes promise: whole or absent, and walks that meet every note once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, ContextVar
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, Listing, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.guarantees import (
    Client,
    Lab,
    Operation,
    Patch,
    Verdict,
    guarantee,
    judge,
    nothing_lost,
    seen_exactly_once,
    whole_or_absent,
)
from backstay.products.notes.queries.tags import TagRow
from backstay.products.notes.service import notes as service
from backstay.products.notes.service.tags import link_tags

T = TypeVar("T")
Work = Callable[[UnitOfWork], Awaitable[T]]

_NOTES: Final = "/v1/notes"
_WROTE: Final = f"POST {_NOTES}"
_TAGS: Final = ("ash", "beech", "cedar", "elm", "fir", "oak", "pine", "yew")


@guarantee(
    "note-is-whole-or-absent",
    promise="A note is stored with all its tags or not at all, whatever happens to the server, or to its "
    "connections to PostgreSQL, in the middle of it.",
    safety="break",
    faults={"sqlite": ["kill"], "postgres": ["kill", "cut"]},
    trials=2,
)
async def note_is_whole_or_absent(lab: Lab) -> Verdict:
    """Write notes with tags while connections are cut and the server is killed; then read them all."""
    app = await lab.server(database_proxy=True)
    tags: dict[str, list[str]] = {}

    async def write(client: Client) -> None:
        title = client.unique("note")
        tags[title] = client.random.sample(_TAGS, client.random.randint(2, len(_TAGS)))
        await client.post(_NOTES, json={"title": title, "tags": tags[title]}, about=title)

    for _ in lab.trials():
        async with lab.clients(6).running(write):
            if app.database_proxy is not None:
                for _ in range(3):
                    await lab.acknowledged(lab.random.randint(5, 15))
                    app.database_proxy.cut()
            await lab.acknowledged(lab.random.randint(15, 45))
            await app.kill()
        await app.restart()
    there = {note["title"]: note["tags"] async for note in app.walk(f"{_NOTES}?limit=100")}
    writes = [op for op in lab.history if op.name == _WROTE]

    def whole(op: Operation) -> Sequence[str]:
        return tags[op.about]

    return judge(
        whole_or_absent(writes, there, whole),
        nothing_lost(writes, there),
        there=len(there),
        indeterminate=len(lab.history.indeterminate(_WROTE)),
    )


@note_is_whole_or_absent.sabotage("link the tags in a unit of work of their own, after the note's")
def apart(patch: Patch) -> None:
    """Between the two there is a moment, and in every moment a server can be killed."""
    run = Database.run
    here: ContextVar[Database] = ContextVar("here")
    under_way: set[asyncio.Task[None]] = set()

    async def remember(database: Database, actor: Actor, work: Work[T]) -> T:
        here.set(database)
        return await run(database, actor, work)

    async def link(database: Database, actor: Actor, note_id: UUID, tags: Sequence[TagRow]) -> None:
        await asyncio.sleep(0.02)
        await run(database, actor, lambda uow: link_tags(uow, note_id, tags))

    async def link_later(uow: UnitOfWork, note_id: UUID, tags: Sequence[TagRow]) -> None:
        # A context of its own, for a unit of work must not be opened inside another.
        task = asyncio.get_running_loop().create_task(
            link(here.get(), uow.actor, note_id, tags), context=Context()
        )
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    patch(Database, "run", remember)
    patch(service, "link_tags", link_later)


@guarantee(
    "walk-meets-every-note-once",
    promise="A walk along a list's cursors meets everything that is there from its beginning to its end "
    "exactly once, while other things come and go.",
    safety="probe",
)
async def walk_meets_every_note_once(lab: Lab) -> Verdict:
    """Walk one's notes in small pages, in several orders, while others are written and deleted."""
    app = await lab.server()
    passing: list[tuple[str, str]] = []
    kind: dict[str, list[str]] = {"lasting": [], "passing": []}

    async def write(client: Client) -> None:
        sort = client.random.choice(["lasting", "passing"])
        title = f"{client.random.choice('abcdefgh')} {client.unique(sort)}"
        note = await client.post(_NOTES, json={"title": title}, about=title)
        if note.ok and sort == "lasting":
            kind["lasting"].append(title)
        elif note.ok:
            passing.append((note["id"], note.headers["etag"]))

    async def come_and_go(client: Client) -> None:
        title = f"{client.random.choice('abcdefgh')} {client.unique('passing')}"
        note = await client.post(_NOTES, json={"title": title}, about=title)
        if note.ok:
            passing.append((note["id"], note.headers["etag"]))
        for _ in range(min(2, len(passing))):
            id_, version = passing.pop(client.random.randrange(len(passing)))
            await client.request(
                "DELETE", f"{_NOTES}/{id_}", headers={"If-Match": version}, name="DELETE note"
            )

    await lab.clients(4).each(30, write)
    findings, met = [], 0
    orders = ["-updated_at", "title", "-title", "created_at"]
    async with lab.clients(2).running(come_and_go):
        for sort in orders:
            before = len(lab.history.operations)
            walk = [note["title"] async for note in app.walk(f"{_NOTES}?limit=7&sort={sort}")]
            pages = [op for op in lab.history.operations[before:] if op.name == f"GET {_NOTES}"]
            findings.append(seen_exactly_once(walk, kind["lasting"], pages))
            met += len(walk)
    moved = len(lab.history.acknowledged("DELETE note"))
    return judge(
        *findings,
        untried=None if moved else "nothing was deleted meanwhile",
        lasting=len(kind["lasting"]),
        walks=len(orders),
        met=met,
        deleted=moved,
    )


@walk_meets_every_note_once.sabotage("page by OFFSET instead of by key")
def offset(patch: Patch) -> None:
    """Whatever comes or goes before the offset shifts everything behind it."""
    page = Reader.page

    async def by_offset(reader: Reader, of: Listing[T], request: ListRequest, **parameters: Any) -> Page[T]:
        start = int(request.cursor or 0)
        rows: list[T] = []
        cursor: str | None = None
        while len(rows) <= start + request.limit:
            found = await page(reader, of, structs.replace(request, limit=100, cursor=cursor), **parameters)
            rows += found.items
            cursor = found.next_cursor
            if cursor is None:
                break
        end = start + request.limit
        return Page(rows[start:end], str(end) if len(rows) > end else None, None)

    patch(Reader, "page", by_offset)
