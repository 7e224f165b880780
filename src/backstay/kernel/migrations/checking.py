"""Judge the migrations of all modules: names, order, agreement with tables.py, and the way back.

Nothing is changed anywhere: SQLite is judged in memory, PostgreSQL in a schema that is
rolled back with its transaction.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from sqlalchemy import Connection, MetaData, make_url

from backstay.kernel.migrations.branches import Branch, branch_of
from backstay.kernel.migrations.runner import run_down, run_up
from backstay.kernel.migrations.schema import Part, Schema, by_hand, describe, differences, owner
from backstay.kernel.migrations.transaction import exclusively
from backstay.kernel.module import Module

T = TypeVar("T")
IN_MEMORY: Final = "sqlite://"
_SCRATCH_SCHEMA: Final = "backstay_scratch"
_IN_MODELS: Final = ("table", "column", "constraint", "check", "unique", "foreign key", "index")
"""Kinds of `Schema` entries that tables.py can express; triggers, policies and the like it cannot."""


async def check(modules: Sequence[Module], url: str = IN_MEMORY) -> list[str]:
    """Everything that is wrong with the migrations on one engine, as sentences; empty when all is well.

    For every module: its files are a straight line whose contents agree with their names; run
    from empty they make exactly what tables.py declares; each taken back leaves what was there
    before it; run again they make the same once more.

    Args:
        modules: the composed modules.
        url: a PostgreSQL server to judge on, or anything with SQLite to judge in memory.

    Raises:
        MigrationError: a folder is not in order, a migration does not run, or the server cannot
            be reached.
    """
    branches = [(module, branch_of(module)) for module in modules]
    problems = [problem for _, branch in branches if branch for problem in _check_files(branch)]
    for module, branch in branches:
        if module.tables is not None and module.tables.tables and branch is None:
            problems.append(
                f"{module.name} has tables and no migrations: backstay migrate new {module.name} create"
            )
    if problems:
        return problems
    migrated: list[tuple[Module, Branch]] = [(module, branch) for module, branch in branches if branch]

    def there_and_back(connection: Connection) -> tuple[list[str], Schema]:
        found = [problem for _, branch in migrated for problem in _round_trip(connection, branch)]
        return found, describe(connection)

    problems, after = await scratch(url, there_and_back)
    models = await scratch(url, lambda connection: _create(connection, modules))
    names = [module.name for module in modules]
    for module, _ in migrated:
        wanted, present = (_expressible(schema, module, names) for schema in (models, after))
        problems += [f"{module.name}: {difference}" for difference in differences(wanted, present)]
    return problems


async def scratch(url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` on an empty schema of the engine that `url` names, and undo everything."""
    if make_url(url).get_backend_name() == "sqlite":
        return await exclusively(IN_MEMORY, work, scratch=True)

    def in_own_schema(connection: Connection) -> T:
        connection.exec_driver_sql(f"CREATE SCHEMA {_SCRATCH_SCHEMA}")
        connection.exec_driver_sql(f"SET LOCAL search_path TO {_SCRATCH_SCHEMA}")
        return work(connection)

    return await exclusively(url, in_own_schema, scratch=True)


def _check_files(branch: Branch) -> list[str]:
    """What a migration file says of itself must be what its name says."""
    problems: list[str] = []
    before: str | None = None
    for revision in branch.revisions:
        tree = ast.parse(revision.path.read_text(encoding="utf-8"), revision.path.name)
        said = {
            target.id: node.value.value if isinstance(node.value, ast.Constant) else ast.unparse(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        wanted: dict[str, str | None] = {"revision": revision.id, "down_revision": before}
        wanted["branch_labels"] = f"('{branch.module}',)" if before is None else None
        wanted["depends_on"] = None
        for name, value in wanted.items():
            if said.get(name) != value:
                says = f"{revision.path.name} says {name} = {said.get(name)!r}"
                problems.append(f"{branch.module}: {says}, it must be {value!r}")
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        problems += [
            f"{branch.module}: {revision.path.name} has no {function}()"
            for function in ("upgrade", "downgrade")
            if function not in functions
        ]
        before = revision.id
    return problems


def _round_trip(connection: Connection, branch: Branch) -> list[str]:
    """Up one by one, back one by one, and up again in one go; leaves the branch at its head."""
    stages = [describe(connection)]
    for revision in branch.revisions:
        run_up(connection, [branch], to=revision.number)
        stages.append(describe(connection))
    problems: list[str] = []
    for revision in reversed(branch.revisions):
        run_down(connection, branch)
        if describe(connection) != stages[revision.number - 1]:
            problems.append(
                f"{branch.module}: taking {revision.id} back does not leave what was there before it: "
                + _first_difference(stages[revision.number - 1], describe(connection))
            )
    run_up(connection, [branch])
    if describe(connection) != stages[-1]:
        problems.append(
            f"{branch.module}: going up a second time does not make the same: "
            + _first_difference(stages[-1], describe(connection))
        )
    return problems


def _first_difference(wanted: Schema, present: Schema) -> str:
    parts = (part for part in wanted.keys() | present.keys() if wanted.get(part) != present.get(part))
    part = min(parts, key=lambda part: part.words)
    return f"{part.words} is {present.get(part, 'missing')!r}, was {wanted.get(part, 'not there')!r}"


def _create(connection: Connection, modules: Sequence[Module]) -> Schema:
    """What tables.py of all modules make, created without migrations."""
    everything = MetaData()
    for module in modules:
        for table in module.tables.tables.values() if module.tables is not None else ():
            table.to_metadata(everything)
    everything.create_all(connection)
    return describe(connection)


def _expressible(schema: Schema, module: Module, names: Sequence[str]) -> Schema:
    """The part of a schema that is this module's and that its tables.py could declare."""
    hands = by_hand(module.tables) if module.tables is not None else frozenset()
    own = {table for table in {part.table for part in schema} if owner(table, names) == module.name}

    def counts(part: Part) -> bool:
        named = {part.table, part.name, f"{part.table}.{part.name}"}
        return part.kind in _IN_MODELS and part.table in own and not hands & named

    return {part: how for part, how in schema.items() if counts(part)}
