"""Write the next migration of a module by comparing its tables with what its migrations make.

The comparison needs no server: the migrations are run on an empty SQLite database in
memory. The file that comes out works on both engines: types are the portable ones, and
changes of a column are written as batches, which SQLite needs and PostgreSQL ignores.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from backstay.kernel.migrations.branches import Branch, MigrationError, Revision, branch_of, branches_of
from backstay.kernel.migrations.formatting import lay_out
from backstay.kernel.migrations.remembering import declared_types
from backstay.kernel.migrations.runner import run_up
from backstay.kernel.migrations.schema import by_hand, ordinary_tables, owner
from backstay.kernel.migrations.transaction import exclusively
from backstay.kernel.module import Module

_OURS: Final = "backstay"


class NothingChangedError(MigrationError):
    """The tables of the module are already what its migrations make."""


async def new(modules: Sequence[Module], name: str, words: str, *, empty: bool = False) -> Revision:
    """Write the next migration of a module and return it.

    Args:
        modules: the composed modules.
        name: the module that changed.
        words: what the migration does, for its name and docstring: `share links`.
        empty: write `upgrade` and `downgrade` without a body, to be filled by hand.

    Raises:
        NothingChangedError: nothing differs, and `empty` was not asked for.
        MigrationError: no such module, or its migrations do not run.
    """
    module = next((module for module in modules if module.name == name), None)
    if module is None:
        raise MigrationError(
            f"there is no module {name!r}; there are {', '.join(one.name for one in modules)}"
        )
    if module.tables is None:
        raise MigrationError(f"module {name!r} declares no tables: give its manifest tables=tables.metadata")
    slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:60].strip("_")
    if not slug:
        raise MigrationError("say what the migration does in a few words: letters or digits")
    folder = Path(str(files(module.package))) / "migrations"
    branch = branch_of(module) or Branch(name, folder, ())
    imports: set[str] = set()
    upgrade, downgrade = ("pass", "pass")
    if not empty:
        others = [one.name for one in modules]
        before = branches_of(modules[: modules.index(module) + 1])
        upgrade, downgrade = await exclusively(
            "sqlite://",
            lambda connection: _compare(connection, module, others, before, imports),
            scratch=True,
        )
    number = len(branch.revisions) + 1
    revision = Revision(
        f"{name}_{number:04d}", number, slug.replace("_", " "), folder / f"{number:04d}_{slug}.py"
    )
    folder.mkdir(exist_ok=True)
    text = _file(module, branch, revision, words=words, imports=imports, upgrade=upgrade, downgrade=downgrade)
    revision.path.write_text(text, encoding="utf-8")
    return revision


def _compare(
    connection: Connection, module: Module, names: Sequence[str], before: Sequence[Branch], imports: set[str]
) -> tuple[str, str]:
    """The bodies of `upgrade` and `downgrade`."""
    assert module.tables is not None
    ignored = by_hand(module.tables)

    def include_name(name: str | None, kind: str, parents: Any) -> bool:
        table = name if kind == "table" else parents.get("table_name")
        if table is None or name is None:
            return True
        known = owner(table, names) == module.name and table in ordinary_tables(connection)
        return known and not ignored & {name, table, f"{table}.{name}"}

    def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
        if kind == "type" and type(item).__module__.partition(".")[0] == _OURS:
            imports.add(type(item).__name__)
            return repr(item)
        return False

    with declared_types(connection):
        run_up(connection, before)
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_name": include_name},
        )
        script = produce_migrations(context, module.tables)
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    if script.upgrade_ops.is_empty():
        raise NothingChangedError(
            f"{module.name}: tables.py and the migrations agree; to change only rows, add --empty"
        )
    bodies = [
        render_python_code(ops, render_as_batch=True, render_item=render_item, migration_context=context)
        for ops in (script.upgrade_ops, script.downgrade_ops)
    ]
    return bodies[0], bodies[1]


def _file(
    module: Module,
    branch: Branch,
    revision: Revision,
    *,
    words: str,
    imports: set[str],
    upgrade: str,
    downgrade: str,
) -> str:
    bodies = [
        lay_out("\n".join(line.strip("\n") for line in _dedent(body)), "    ")
        for body in (upgrade, downgrade)
    ]
    code = "\n".join(bodies)
    ours = module.package.partition(".")[0] == _OURS
    lines = ["import sqlalchemy as sa"] if "sa." in code else []
    lines += ["from alembic import op"] if "op." in code else []
    if imports:
        names = ", ".join(sorted(imports))
        lines += (
            ["", f"from backstay.kernel.database import {names}"]
            if ours
            else [f"from backstay import {names}"]
        )
    down = f'"{branch.head}"' if branch.head else "None"
    sentence = words.strip().rstrip(".")
    parts = [f'"""{sentence[0].upper()}{sentence[1:]}."""', ""]
    parts += [*lines, ""] if lines else []
    parts += [f'revision = "{revision.id}"', f"down_revision = {down}"]
    parts += [f'branch_labels = ("{module.name}",)'] if revision.number == 1 else []
    parts += ["", "", "def upgrade() -> None:", bodies[0], "", "", "def downgrade() -> None:", bodies[1], ""]
    return "\n".join(parts)


def _dedent(body: str) -> list[str]:
    """Alembic indents a body by four, except its first line."""
    return [line.removeprefix("    ") for line in body.splitlines()]
