"""backstay: the systems that every backend needs, with guarantees you can run.

What a module of yours needs is here: `from backstay import Module, statement, get, ...`.
Our own modules are made of the same parts. A name is imported from where it lives when it
is first asked for, so that `import backstay` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from backstay.kernel.actor import Actor, Permission
    from backstay.kernel.backend import Backend
    from backstay.kernel.database import (
        ACTOR,
        NOW,
        Deleted,
        Json,
        Listing,
        ListRequest,
        NoRow,
        Page,
        Reader,
        Statement,
        Timestamp,
        UniqueViolation,
        UnitOfWork,
        Uuid,
        any_of,
        at_least,
        below,
        equals,
        id_column,
        listing,
        module_tables,
        organization_column,
        owner_column,
        param,
        soft_deletion,
        stamps,
        statement,
        transactional,
        upsert,
        version_column,
    )
    from backstay.kernel.errors import (
        BackstayError,
        BadRequest,
        Conflict,
        FieldError,
        Forbidden,
        Gone,
        Invalid,
        NotFound,
        PreconditionFailed,
        Unavailable,
    )
    from backstay.kernel.guarantees import (
        Client,
        Guarantee,
        Lab,
        Patch,
        Reply,
        Server,
        Verdict,
        declared_in,
        guarantee,
        held_if,
        judge,
    )
    from backstay.kernel.health import Health, HealthCheck, HealthReport
    from backstay.kernel.http import (
        Controller,
        Event,
        EventStream,
        FromHeader,
        FromPath,
        FromQuery,
        IfMatch,
        JSONBody,
        ListQuery,
        Payload,
        Request,
        Response,
        delete,
        get,
        patch,
        post,
        put,
    )
    from backstay.kernel.ids import uuid7
    from backstay.kernel.module import Card, CompositionError, Module
    from backstay.kernel.seeding import Seeding
    from backstay.kernel.telemetry import get_logger, metrics

_HOMES: Final = {
    "backstay.kernel.actor": "Actor Permission",
    "backstay.kernel.backend": "Backend",
    "backstay.kernel.database": (
        "ACTOR NOW Deleted Json ListRequest Listing NoRow Page Reader Statement Timestamp UniqueViolation "
        "UnitOfWork Uuid any_of at_least below equals id_column listing module_tables organization_column "
        "owner_column param soft_deletion stamps statement transactional upsert version_column"
    ),
    "backstay.kernel.errors": (
        "BackstayError BadRequest Conflict FieldError Forbidden Gone Invalid NotFound PreconditionFailed "
        "Unavailable"
    ),
    "backstay.kernel.guarantees": (
        "Client Guarantee Lab Patch Reply Server Verdict declared_in guarantee held_if judge"
    ),
    "backstay.kernel.health": "Health HealthCheck HealthReport",
    "backstay.kernel.http": (
        "Controller Event EventStream FromHeader FromPath FromQuery IfMatch JSONBody ListQuery Payload "
        "Request Response delete get patch post put"
    ),
    "backstay.kernel.ids": "uuid7",
    "backstay.kernel.module": "Card CompositionError Module",
    "backstay.kernel.seeding": "Seeding",
    "backstay.kernel.telemetry": "get_logger metrics",
}
_WHERE: Final = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "ACTOR",
    "NOW",
    "Actor",
    "Backend",
    "BackstayError",
    "BadRequest",
    "Card",
    "Client",
    "CompositionError",
    "Conflict",
    "Controller",
    "Deleted",
    "Event",
    "EventStream",
    "FieldError",
    "Forbidden",
    "FromHeader",
    "FromPath",
    "FromQuery",
    "Gone",
    "Guarantee",
    "Health",
    "HealthCheck",
    "HealthReport",
    "IfMatch",
    "Invalid",
    "JSONBody",
    "Json",
    "Lab",
    "ListQuery",
    "ListRequest",
    "Listing",
    "Module",
    "NoRow",
    "NotFound",
    "Page",
    "Patch",
    "Payload",
    "Permission",
    "PreconditionFailed",
    "Reader",
    "Reply",
    "Request",
    "Response",
    "Seeding",
    "Server",
    "Statement",
    "Timestamp",
    "Unavailable",
    "UniqueViolation",
    "UnitOfWork",
    "Uuid",
    "Verdict",
    "any_of",
    "at_least",
    "below",
    "declared_in",
    "delete",
    "equals",
    "get",
    "get_logger",
    "guarantee",
    "held_if",
    "home_of",
    "id_column",
    "judge",
    "listing",
    "metrics",
    "module_tables",
    "modules",
    "organization_column",
    "owner_column",
    "param",
    "patch",
    "post",
    "put",
    "soft_deletion",
    "stamps",
    "statement",
    "transactional",
    "upsert",
    "uuid7",
    "version_column",
]


def modules() -> list[Module]:
    """The house's own modules, to be composed with yours: `MODULES = [*backstay.modules(), shop.module]`."""
    # Late, as everything here.
    from backstay.app import MODULES

    return list(MODULES)


def home_of(name: str) -> str:
    """The module that a public name lives in."""
    return _WHERE[name]


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives (PEP 562)."""
    home = _WHERE.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Late, so that the bare import stays free.
    from importlib import import_module

    value = globals()[name] = getattr(import_module(home), name)
    return value


def __dir__() -> list[str]:
    """The public names."""
    return __all__
