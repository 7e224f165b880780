"""Looking at policies and changing them, so that every process follows within a second."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

from msgspec import UNSET, structs

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.errors import BackstayError, FieldError, Invalid
from backstay.kernel.tasks import end
from backstay.kernel.trail import record
from backstay.systems.ratelimit.contracts import Policy
from backstay.systems.ratelimit.errors import NoSuchPolicy, StalePolicy
from backstay.systems.ratelimit.queries import policies as queries
from backstay.systems.ratelimit.queries.policies import CHANNEL, PolicyRow
from backstay.systems.ratelimit.service.book import Book, Entry, changed
from backstay.systems.ratelimit.service.limiter import Limiter
from backstay.systems.ratelimit.service.views import PolicyChanges, PolicyView

POLL: Final = 0.5
"""Seconds between looks at the policies; the database tells of a change sooner, where it can."""
_REST: Final = 0.1
"""Seconds between two looks at least: on SQLite every commit is heard of."""
_log: Final = logging.getLogger("backstay.ratelimit")
_FIELDS: Final = ("quota", "window", "algorithm", "burst", "when_down", "shadow")


async def list_policies(reader: Reader) -> list[PolicyView]:
    """All of them, by name, as the database has them now."""
    book = await _fresh(reader)
    return [_view(entry) for entry in book.entries()]


async def get_policy(reader: Reader, name: str) -> PolicyView:
    """One of them.

    Raises:
        NoSuchPolicy: nobody declares it.
    """
    return _view(_entry(await _fresh(reader), name))


async def change_policy(uow: UnitOfWork, name: str, changes: PolicyChanges, *, version: int) -> PolicyView:
    """Change a policy for every process. What its callers have used stays used, unless its window changes.

    Raises:
        NoSuchPolicy: nobody declares it.
        StalePolicy: it was changed since.
        Invalid: no store could count that exactly.
    """
    entry = _entry(await _fresh(uow), name)
    before = _view(entry)
    values = {field: getattr(before, field) for field in (*_FIELDS, "enabled")}
    given = {field: value for field, value in structs.asdict(changes).items() if value is not UNSET}
    values |= given
    _refuse_unfit(entry.declared, values)
    row = await _write(uow, entry, version, changed=True, **values)
    after = _view(structs.replace(entry, live=row))
    record(uow, "ratelimit.policy_changed", subject=("policy", name), before=before, after=after)
    return after


async def reset_policy(uow: UnitOfWork, name: str, *, version: int) -> None:
    """Let a policy be again what the code and the settings declare.

    Raises:
        NoSuchPolicy: nobody declares it.
        StalePolicy: it was changed since.
    """
    entry = _entry(await _fresh(uow), name)
    before = _view(entry)
    values = {field: getattr(entry.declared, field) for field in _FIELDS}
    row = await _write(uow, entry, version, changed=False, enabled=entry.enabled, **values)
    after = _view(structs.replace(entry, live=row))
    record(uow, "ratelimit.policy_reset", subject=("policy", name), before=before, after=after)


async def load(database: Database, book: Book) -> None:
    """Learn what was changed.

    Raises:
        BackstayError: the database does not answer.
    """
    book.learn(await database.reader(SYSTEM).all(queries.ALL))


async def follow(database: Database, book: Book) -> None:
    """Learn of changes, until cancelled. While the database is away, what is known stays in force."""
    heard = asyncio.Event()
    listening = asyncio.create_task(database.listen(CHANNEL, heard.set))
    away = False
    try:
        while True:
            heard.clear()
            try:
                await load(database, book)
                away = False
            except BackstayError as failure:
                if not away:
                    _log.warning("ratelimit: policies stay as they are known: %s", failure.code)
                away = True
            await asyncio.sleep(_REST)
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL - _REST):
                    await heard.wait()
    finally:
        await end(listening)


async def _fresh(reader: Reader) -> Book:
    book = reader.part(Limiter).book
    book.learn(await reader.all(queries.ALL))
    return book


def _entry(book: Book, name: str) -> Entry:
    entry = book.entry(name)
    if entry is None:
        raise NoSuchPolicy
    return entry


async def _write(uow: UnitOfWork, entry: Entry, version: int, **values: Any) -> PolicyRow:
    name = entry.declared.name
    known = 0 if entry.live is None else entry.live.version
    if version != known:
        raise StalePolicy(version=known)
    if version == 0:
        row = await uow.first(queries.ADD, name=name, **values)
    else:
        row = await uow.first(queries.CHANGE, name=name, expected=version, **values)
    if row is None:
        raise StalePolicy
    await uow.first(queries.TELL)
    book = uow.part(Limiter).book
    uow.after_commit(lambda: book.learn([row]))
    return row


def _refuse_unfit(declared: Policy, values: dict[str, Any]) -> None:
    try:
        structs.replace(declared, **{field: values[field] for field in _FIELDS})
    except ValueError as problem:
        field, _, words = str(problem).partition(": ")
        raise Invalid(FieldError(pointer=f"/{field}", code="range", message=words)) from None


def _view(entry: Entry) -> PolicyView:
    row = entry.live
    is_changed = row is not None and row.changed
    policy = changed(entry.declared, row) if row is not None and is_changed else entry.declared
    return PolicyView(
        name=policy.name,
        source=entry.source,
        quota=policy.quota,
        window=policy.window,
        algorithm=policy.algorithm,
        burst=policy.burst,
        per=list(policy.per),
        when_down=policy.when_down,
        shadow=policy.shadow,
        enabled=row.enabled if row is not None and is_changed else entry.enabled,
        changed=is_changed,
        changed_at=row.changed_at if row is not None else None,
        version=0 if row is None else row.version,
    )
