"""The manifest: everything the house needs to know of a module, in one value.

A module is a package of the shape in ARCHITECTURE.md whose `module.py` makes one
`Module`. Ours and a user's are alike; nothing here is reserved for the house.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from sqlalchemy import MetaData

from backstay.kernel.actor import Authenticator, Permission
from backstay.kernel.event import Event
from backstay.kernel.guarantees import Guarantee
from backstay.kernel.health import HealthCheck

if TYPE_CHECKING:
    import click

    from backstay.kernel.backend import Backend
    from backstay.kernel.database import Database, Reader
    from backstay.kernel.http import Controller, Surrounds
    from backstay.kernel.observation import Record
    from backstay.kernel.seeding import Seeding
    from backstay.kernel.settings import Finding, Settings


class CompositionError(Exception):
    """The list of modules does not fit together; the message says which module and what to do."""


class Card(Struct, frozen=True):
    """The one live number that a module shows on the console's Systems screen."""

    value: str
    label: str


class Greeting(Struct, frozen=True):
    """A line that a server says when it is ready."""

    label: str
    path: str
    """Of a page; shown after the server's address."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One system or product, declared."""

    name: str
    """Unique; the prefix of its tables (`notes_`), permissions (`notes:write`) and settings (`[notes]`)."""
    summary: str
    """One sentence for the console and the docs."""
    package: str
    """The module's package: pass `__package__`. Its `migrations/` and `README.md` are found there."""
    requires: Sequence[str] = ()
    """Names of modules that must be composed too; checked at start."""
    tables: MetaData | None = None
    controllers: Sequence[type[Controller]] = ()
    permissions: Sequence[Permission] = ()
    settings: type[Struct] | None = None
    """A struct whose fields all have defaults; read from `[<name>]` and `BACKSTAY_<NAME>_<FIELD>`."""
    events: Sequence[type[Event]] = ()
    """The events that it publishes; each `type` begins with the module's name and a dot."""
    declares: Sequence[object] = ()
    """What it declares to systems that it requires: job handlers, schedules, subscriptions, mails.

    A system finds its own by `declared(modules, kind)`; so may a system of yours.
    """
    prepare: Callable[[Database, Sequence[Module], Settings], None] | None = None
    """Makes what units of work need of this system and holds it among the database's parts.

    Run whenever the database is opened: before any service, and in commands that run none.
    """
    authenticates: Callable[[Backend], Authenticator] | None = None
    """Makes what knows this module's credentials; asked before the principals of the settings."""
    surrounds: Surrounds | None = None
    """What it does around the requests of routes, its own and other modules'."""
    guarantees: Sequence[Guarantee] = ()
    """Its promises: `declared_in(f"{__package__}.guarantees")`, which imports them when somebody looks."""
    health: Sequence[HealthCheck] = ()
    examines: Callable[[Settings], Iterable[Finding]] | None = None
    """What `backstay doctor` says of its settings: what is configured, missing and weak; asks nobody."""
    services: Sequence[Callable[[Backend], AbstractAsyncContextManager[Any]]] = ()
    """Background parts that live as long as the server: entered in order, left in reverse."""
    works: Sequence[Callable[[Backend], AbstractAsyncContextManager[Any]]] = ()
    """Background parts of every process that does what was asked for: the server, after all services, and a
    worker beside it. Any number of processes may run them at once."""
    observers: Sequence[Callable[[Backend, Record], None]] = ()
    """Called with every finished record, after the response; must be quick and must not raise."""
    greets: Callable[[Database, Settings], Awaitable[Sequence[Greeting]]] | None = None
    """What whoever starts a server has to be told once its database is ready; not asked when it is quiet."""
    seed: Callable[[Seeding], Awaitable[None]] | None = None
    """Writes sample data through the module's own service; deterministic for a seed."""
    card: Callable[[Reader], Awaitable[Card]] | None = None
    commands: Sequence[click.Command] = field(default=())

    @property
    def migrations(self) -> Path | None:
        """The folder of this module's Alembic branch, if it has one."""
        path = Path(str(files(self.package))) / "migrations"
        return path if path.is_dir() else None

    def __post_init__(self) -> None:
        """Refuse a manifest that breaks the house's names."""
        for permission in self.permissions:
            if not permission.name.startswith(f"{self.name}:"):
                msg = f"module {self.name!r}: permission {permission.name!r} must start with '{self.name}:'"
                raise CompositionError(msg)
        for event in self.events:
            if not event.type.startswith(f"{self.name}."):
                msg = f"module {self.name!r}: event type {event.type!r} must start with '{self.name}.'"
                raise CompositionError(msg)
        if self.tables is not None:
            for table in self.tables.tables.values():
                if not table.name.startswith(f"{self.name}_"):
                    msg = f"module {self.name!r}: table {table.name!r} must start with '{self.name}_'"
                    raise CompositionError(msg)


def compose(modules: Sequence[Module]) -> tuple[Module, ...]:
    """Check that the modules fit together and return them with every module after those it requires.

    Raises:
        CompositionError: a name is taken twice, a required module is missing, or modules
            require each other in a ring; the message names them and says what to do.
    """
    by_name: dict[str, Module] = {}
    for module in modules:
        if module.name in by_name:
            raise CompositionError(f"two modules are called {module.name!r}: rename one, or list it once")
        by_name[module.name] = module
    ordered: list[Module] = []
    path: list[str] = []

    def visit(module: Module) -> None:
        if module in ordered:
            return
        if module.name in path:
            ring = " -> ".join([*path[path.index(module.name) :], module.name])
            raise CompositionError(f"modules require each other in a ring: {ring}; one of them must let go")
        path.append(module.name)
        for name in module.requires:
            if name not in by_name:
                raise CompositionError(
                    f"module {module.name!r} requires {name!r}, which is not in the list of modules: "
                    f"add it in app.py, or take {module.name!r} out"
                )
            visit(by_name[name])
        path.pop()
        ordered.append(module)

    for module in modules:
        visit(module)
    return tuple(ordered)


def prepare_parts(modules: Sequence[Module], database: Database, settings: Settings) -> None:
    """Let every module hold what units of work need of it, in the order of the modules."""
    for module in modules:
        if module.prepare is not None:
            module.prepare(database, modules, settings)


D = TypeVar("D")


def declared(modules: Sequence[Module], kind: type[D]) -> list[tuple[Module, D]]:
    """Everything of this type that the modules declare, with who declares it, in the order of the modules."""
    return [(module, one) for module in modules for one in module.declares if isinstance(one, kind)]
