"""The migration files of each module, read from their names alone.

A module's branch is a straight line: `0001_create_notes.py`, `0002_share_links.py`, and so
on; the revision of the second is `notes_0002`. Because the name says it all, a server can
tell at start whether its database is up to date without importing Alembic or any migration.
`backstay migrate check` makes sure that what stands in the files agrees with their names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from backstay.kernel.module import Module

VERSION_TABLE: Final = "backstay_migrations"
"""Holds one row a module: the revision that the database is at."""
_FILE: Final = re.compile(r"(?P<number>\d{4})_(?P<words>[a-z0-9]+(?:_[a-z0-9]+)*)\.py")


class MigrationError(Exception):
    """A migration cannot be made, run or taken back; the message says why and what to do."""


class Revision(Struct, frozen=True):
    """One migration file."""

    id: str
    """Unique in the house: `notes_0002`."""
    number: int
    """Its place in the branch, from 1."""
    words: str
    """What it does, from the file's name: `share links`."""
    path: Path


class Branch(Struct, frozen=True):
    """All migrations of one module, oldest first, without gaps."""

    module: str
    folder: Path
    revisions: tuple[Revision, ...]

    @property
    def head(self) -> str | None:
        """The newest revision, or None when the branch is still empty."""
        return self.revisions[-1].id if self.revisions else None

    def number_of(self, revision: str | None) -> int | None:
        """How far along a revision is: 0 before the first, None when this branch does not know it."""
        if revision is None:
            return 0
        return next((known.number for known in self.revisions if known.id == revision), None)

    def owns(self, revision: str) -> bool:
        """Whether a row of the version table is this branch's, even one that it does not know (yet)."""
        return re.fullmatch(rf"{re.escape(self.module)}_\d{{4}}", revision) is not None


def branch_of(module: Module) -> Branch | None:
    """The branch of a module, or None for a module without a `migrations` folder.

    Raises:
        MigrationError: a file's name is not `NNNN_words.py`, two files have one number, or
            a number is missing.
    """
    folder = module.migrations
    return None if folder is None else Branch(module.name, folder, _revisions(module.name, folder))


def branches_of(modules: Sequence[Module]) -> list[Branch]:
    """The branches of all modules that have one, in the order of the modules."""
    return [branch for module in modules if (branch := branch_of(module)) is not None]


def _revisions(module: str, folder: Path) -> tuple[Revision, ...]:
    found: list[Revision] = []
    for name in sorted(entry.name for entry in folder.iterdir()):
        if not name.endswith(".py") or name == "__init__.py":
            continue
        match = _FILE.fullmatch(name)
        if match is None:
            raise MigrationError(
                f"module {module!r}: {folder / name} is not a migration's name: "
                "call it NNNN_words.py, for example 0002_share_links.py"
            )
        number = int(match["number"])
        if number != len(found) + 1:
            raise MigrationError(_out_of_line(module, name, number, found))
        words = match["words"].replace("_", " ")
        found.append(Revision(f"{module}_{number:04d}", number, words, folder / name))
    return tuple(found)


def _out_of_line(module: str, name: str, number: int, found: list[Revision]) -> str:
    if found and number == found[-1].number:
        return (
            f"module {module!r} has two heads: {found[-1].path.name} and {name} are both number "
            f"{number:04d}; give the one that came later the next number, in its name, its revision "
            "and its down_revision"
        )
    return f"module {module!r}: {name} follows number {len(found):04d}; {len(found) + 1:04d} is missing"
