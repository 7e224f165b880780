"""What happens in one place only: commits, SQL, the time of day, late imports, the making of classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from tools.lints.source import Finding, Source, Tree, ring_of

# Where a rule does not hold, with the reason. A path that ends in a slash is a folder.
COMMITS: Final = {
    "src/backstay/kernel/database/": "the unit of work itself",
    "src/backstay/kernel/migrations/": "a migration is its own unit of work",
}
SQL: Final = {
    "src/backstay/kernel/database/": "it compiles and runs the statements",
    "src/backstay/kernel/migrations/": "it changes the schema and keeps its history",
    "src/backstay/kernel/seeding/queries.py": "the statements of the seeding's own table",
    "src/backstay/kernel/module.py": "the manifest holds a module's MetaData",
    "src/backstay/kernel/settings/doctor_database.py": "it asks a server that may not answer",
    "src/backstay/testing/queries.py": "the statements of the attack test",
    "src/backstay/proving/databases.py": "it makes, strikes and drops the lab's own databases",
}
CLOCKS: Final = {
    "src/backstay/kernel/clock.py": "it is the clock",
    "src/backstay/kernel/ids.py": "ids carry the time of the machine that made them",
    "src/backstay/proving/": "the lab lives in the machine's time and moves its servers'",
    "src/backstay/kernel/observation.py": "a record is a measurement of the real machine",
    "src/backstay/kernel/telemetry/": "logs and metrics are measurements of the real machine",
    "src/backstay/systems/ratelimit/engines/sqlite.py": "it counts by the machine's clock",
}

LATE: Final = {
    "asyncpg": "only a deployment on PostgreSQL loads its driver",
    "redis": "an extra, loaded when JOBS_URL names one",
    "sentry_sdk": "an extra, loaded when there is a DSN",
}
"""Packages that may be imported inside functions without a word."""

_SQL_TEXT: Final = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|"
    r"(CREATE|ALTER|DROP)\s+(TABLE|INDEX|UNIQUE|VIEW|TRIGGER|ROLE|POLICY|VIRTUAL)\s)",
    re.DOTALL,
)
_WALL_CLOCK: Final = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
        "func.now",
    }
)


def _outside(tree: Tree, places: dict[str, str]) -> Iterator[Source]:
    """The package's sources but those in the places."""
    for source in tree.package:
        if not any(
            source.path == place or (place[-1] == "/" and source.path.startswith(place)) for place in places
        ):
            yield source


def commit(tree: Tree) -> Iterator[Finding]:
    """Only the edge commits, through the unit of work."""
    for source in _outside(tree, COMMITS):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or node.args or node.keywords:
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr in {"commit", "rollback"}:
                message = (
                    f".{node.func.attr}() outside kernel.database: take the `uow` as an argument and let the "
                    "edge commit; to give up, raise an error"
                )
                yield Finding(source.path, node.lineno, message)


def sql(tree: Tree) -> Iterator[Finding]:
    """SQL lives in tables.py, queries.py and migrations, nowhere else."""
    for source in _outside(tree, SQL):
        if tree.inside(source.dotted) in {"tables", "queries", "migrations"}:
            continue
        lines = [found.line for found in source.imports if found.module.partition(".")[0] == "sqlalchemy"]
        for line in [*lines, *_sql_texts(source)]:
            message = "SQL outside tables.py, queries.py and migrations: make it a Statement in queries.py"
            yield Finding(source.path, line, message)


def _sql_texts(source: Source) -> Iterator[int]:
    """The lines of string constants that are SQL; prose that nothing reads (docstrings) is none."""
    nodes = list(ast.walk(source.tree))
    prose = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and node not in prose and _SQL_TEXT.match(str(node.value)):
            yield node.lineno


def clock(tree: Tree) -> Iterator[Finding]:
    """The time of day comes from the unit's clock, so that tests and the lab can move it."""
    for source in _outside(tree, CLOCKS):
        attributes = (node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute))
        for node in attributes:
            name = ast.unparse(node)
            if ".".join(name.split(".")[-2:]) in _WALL_CLOCK:
                message = (
                    f"{name} reads the machine's clock: use the clock of the unit of work or of the backend, "
                    "in SQL the marker NOW; for durations time.perf_counter"
                )
                yield Finding(source.path, node.lineno, message)


def local_import(tree: Tree) -> Iterator[Finding]:
    """An import inside a function says in a comment why it is late; the commands' need none (fast start)."""
    for source in tree.package:
        if ring_of(source.dotted) == "app":
            continue
        explained = {line for line, _ in source.comments}
        for node in _late_imports(source.tree):
            end = node.end_lineno or node.lineno
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)]
            )
            if all(name.partition(".")[0] in LATE for name in names):
                continue
            if explained.isdisjoint(range(node.lineno - 1, end + 1)):
                message = (
                    "an import inside a function: move it to the top, or say in a comment on the line above "
                    "why it must be late"
                )
                yield Finding(source.path, node.lineno, message)
            else:
                explained.add(end)  # One comment explains a block of imports.


def _late_imports(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """The imports inside functions, in the order of the text."""
    late: dict[int, ast.Import | ast.ImportFrom] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    late[node.lineno] = node
    return [late[line] for line in sorted(late)]


def class_state(tree: Tree) -> Iterator[Finding]:
    """Classes are made once: to set an attribute of one later empties the caches of all its instances."""
    for source in tree.package:
        nodes = list(ast.walk(source.tree))
        known = {"cls", "type(self)", "self.__class__"}
        known |= {node.name for node in nodes if isinstance(node, ast.ClassDef)}
        for target in _set_by_functions(nodes):
            if ast.unparse(target.value) in known:
                message = (
                    f"{ast.unparse(target)} is set while the program runs, and Python forgets where it found "
                    "every attribute of the instances: keep it in an object that the class holds"
                )
                yield Finding(source.path, target.lineno, message)


def _set_by_functions(nodes: Iterable[ast.AST]) -> set[ast.Attribute]:
    """The attributes that functions set; not what `__init_subclass__` does, which belongs to the making."""
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {
        node
        for function in functions
        if function.name != "__init_subclass__"
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
