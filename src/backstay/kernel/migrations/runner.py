"""Run migrations up and down: Alembic's operations, our own steps.

The files are ordinary Alembic revisions. Stepping through them is done here and not by
Alembic, whose runner refuses to work beside a row that it does not know: one left by a
module that is no longer composed, or written by a newer release. Branches are straight
lines, so there is little to step through. Importing this imports Alembic; do it only when
there is something to run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from backstay.kernel.database import app_role_of
from backstay.kernel.migrations.branches import Branch, MigrationError, Revision, branches_of
from backstay.kernel.migrations.house import metadata, seeds, versions
from backstay.kernel.migrations.policies import protect
from backstay.kernel.migrations.schema import Loss, losses, snapshot
from backstay.kernel.migrations.transaction import exclusively
from backstay.kernel.module import Module


class Applied(Struct, frozen=True):
    """One migration that was run, or taken back."""

    revision: str
    words: str
    seconds: float


class DataLossError(MigrationError):
    """Taking a migration back would delete rows or values; say so to go on."""

    def __init__(self, found: Sequence[Loss]) -> None:
        super().__init__("this would delete " + ", ".join(loss.words for loss in found))
        self.losses = tuple(found)


Report = Callable[[Applied], None]


async def up(
    url: str, modules: Sequence[Module], *, only: str | None = None, report: Report | None = None
) -> list[Applied]:
    """Bring every module (or one, and those it requires) to its newest revision.

    Everything happens in one transaction: when one migration fails, none was run.

    Args:
        url: the database.
        modules: the composed modules, each after those it requires.
        only: the name of one module; the modules it requires are brought up first.
        report: told of each migration once it has run (and before the commit).

    Returns:
        What was run, in order; empty when there was nothing to do.

    Raises:
        MigrationError: a migration failed, or the database cannot be reached.
    """
    branches = branches_of(_wanted(modules, only))
    role = app_role_of(url) if url.startswith("postgres") else None

    def work(connection: Connection) -> list[Applied]:
        done = run_up(connection, branches, report=report)
        if role is not None:
            protect(connection, modules, role)
        return done

    return await exclusively(url, work)


async def down(
    url: str,
    modules: Sequence[Module],
    name: str,
    *,
    to: str | None = None,
    lose_data: bool = False,
    report: Report | None = None,
) -> list[Applied]:
    """Take a module's migrations back: the last one, or all after revision `to`.

    Args:
        url: the database.
        modules: the composed modules.
        name: the module.
        to: the revision to end at (`notes_0001`, `0001` or `1`), or `base` for none left.
        lose_data: go on even though rows or values are deleted.
        report: told of each migration that was taken back, once it is known that nothing is lost.

    Raises:
        DataLossError: rows or values would be deleted and `lose_data` is false; nothing was changed.
        MigrationError: it cannot be done.
    """
    branches = {branch.module: branch for branch in branches_of(modules)}
    if name not in branches:
        raise MigrationError(f"there is no module {name!r} with migrations; there are {', '.join(branches)}")
    branch = branches.pop(name)
    own = next(module for module in modules if module.name == name)
    dependants = [
        branches[module.name] for module in modules if name in module.requires and module.name in branches
    ]

    def work(connection: Connection) -> list[Applied]:
        before = snapshot(connection, own, [module.name for module in modules])
        done = run_down(connection, branch, dependants, to=to)
        found = losses(connection, before)
        if found and not lose_data:
            raise DataLossError(found)
        if report is not None:
            for applied in done:
                report(applied)
        return done

    return await exclusively(url, work)


def run_up(
    connection: Connection, branches: Sequence[Branch], *, to: int | None = None, report: Report | None = None
) -> list[Applied]:
    """Bring each branch to its head, or to number `to`, inside the caller's transaction."""
    metadata.create_all(connection)
    done: list[Applied] = []
    for branch in branches:
        at = branch.number_of(_at(connection, branch))
        # None: a newer release has been here, and its tables serve this one too.
        if at is not None:
            wanted = branch.revisions[at:to]
            done += [_step(connection, branch, revision, "upgrade", report) for revision in wanted]
    return done


def run_down(
    connection: Connection,
    branch: Branch,
    dependants: Sequence[Branch] = (),
    *,
    to: str | None = None,
) -> list[Applied]:
    """Take a branch back to a revision inside the caller's transaction; see `down`."""
    metadata.create_all(connection)
    row = _at(connection, branch)
    at = branch.number_of(row)
    if at is None:
        raise MigrationError(
            f"the database is at {row}, which this release does not know: "
            "take it back with the release that made it"
        )
    target = _target(branch, at, to)
    held = [other.module for other in dependants if _at(connection, other) is not None]
    if target == 0 and held:
        raise MigrationError(f"{', '.join(held)} requires {branch.module}: take that down to base first")
    if target == 0:
        connection.execute(seeds.delete().where(seeds.c.module == branch.module))
    return [
        _step(connection, branch, revision, "downgrade") for revision in reversed(branch.revisions[target:at])
    ]


def _wanted(modules: Sequence[Module], only: str | None) -> list[Module]:
    if only is None:
        return list(modules)
    by_name = {module.name: module for module in modules}
    if only not in by_name:
        raise MigrationError(f"there is no module {only!r}; there are {', '.join(sorted(by_name))}")
    wanted: set[str] = set()
    left = [only]
    while left:
        name = left.pop()
        wanted.add(name)
        left.extend(by_name[name].requires)
    return [module for module in modules if module.name in wanted]


def _target(branch: Branch, at: int, to: str | None) -> int:
    if to is None:
        if at == 0:
            raise MigrationError(f"{branch.module} has no migration to take back")
        return at - 1
    if to == "base":
        return 0
    number = int(to) if to.isdecimal() else branch.number_of(to)
    if number is None or number > len(branch.revisions):
        raise MigrationError(f"{branch.module} has no revision {to!r}; its newest is {branch.head}")
    if number > at:
        raise MigrationError(f"{branch.module} is at number {at}, before {to}: `down` only goes back")
    return number


def _at(connection: Connection, branch: Branch) -> str | None:
    """The row of this branch in the version table; rows of modules that left the house are nobody's."""
    rows = connection.execute(select(versions.c.version_num)).scalars()
    return next((row for row in rows if branch.owns(row)), None)


def _step(
    connection: Connection, branch: Branch, revision: Revision, way: str, report: Report | None = None
) -> Applied:
    """Run one function of one migration and move the branch's row with it."""
    before = branch.revisions[revision.number - 2].id if revision.number > 1 else None
    was, now = (before, revision.id) if way == "upgrade" else (revision.id, before)
    started = time.perf_counter()
    context = MigrationContext.configure(connection, opts={"transactional_ddl": True})
    try:
        with Operations.context(context):
            getattr(_load(revision), way)()
    except Exception as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise MigrationError(
            f"{revision.id} ({revision.words}) failed: {cause}; nothing was changed"
        ) from error
    if was is not None:
        connection.execute(versions.delete().where(versions.c.version_num == was))
    if now is not None:
        connection.execute(versions.insert().values(version_num=now))
    applied = Applied(revision.id, revision.words, time.perf_counter() - started)
    if report is not None:
        report(applied)
    return applied


def _load(revision: Revision) -> ModuleType:
    """Import a migration from its file; its name starts with a digit, so no import statement could."""
    spec = spec_from_file_location(f"backstay_migration_{revision.id}", revision.path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
