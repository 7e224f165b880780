"""Settings that each organization has its own values of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.module import CompositionError, Module, declared
from backstay.systems.audit import record
from backstay.systems.tenancy import queries
from backstay.systems.tenancy.contracts import OrganizationSection
from backstay.systems.tenancy.errors import NoSuchSection

S = TypeVar("S", bound=Struct)


class Sections:
    """What the composed modules declare."""

    def __init__(self, modules: Sequence[Module]) -> None:
        """Of these modules.

        Raises:
            CompositionError: two have one name, or one has a field without a default.
        """
        self.kinds: dict[str, type[Struct]] = {}
        for module, section in declared(modules, OrganizationSection):
            if section.name in self.kinds:
                raise CompositionError(f"two sections of organizations' settings are called {section.name!r}")
            try:
                section.kind()
            except TypeError:
                words = f"module {module.name!r}: every field of {section.kind.__name__} needs a default"
                raise CompositionError(words) from None
            self.kinds[section.name] = section.kind


async def settings_of(reader: Reader, kind: type[S]) -> S:
    """The organization's values of a section, defaults where it chose nothing.

    Raises:
        LookupError: no composed module declares it.
    """
    kinds = reader.part(Sections).kinds
    name = next((name for name, one in kinds.items() if one is kind), None)
    if name is None:
        raise LookupError(f"no composed module declares {kind.__name__} for organizations")
    return _read(kind, (await _chosen(reader)).get(name, {}))


async def list_settings(reader: Reader) -> dict[str, Any]:
    """Every section with the values in force."""
    chosen = await _chosen(reader)
    kinds = reader.part(Sections).kinds
    return {
        name: msgspec.to_builtins(_read(kind, chosen.get(name, {}))) for name, kind in sorted(kinds.items())
    }


async def choose(uow: UnitOfWork, section: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change some values of a section; null brings a default back.

    Raises:
        NoSuchSection: no composed module declares it.
        Invalid: a value is not what the section takes; names it.
    """
    kind = uow.part(Sections).kinds.get(section)
    if kind is None:
        raise NoSuchSection
    before = (await _chosen(uow)).get(section, {})
    after = {name: value for name, value in {**before, **changes}.items() if value is not None}
    errors = []
    for name, value in after.items():
        try:
            if name not in kind.__struct_fields__:
                errors.append(FieldError(pointer=f"/{name}", code="unknown", message="is no field here"))
            else:
                msgspec.convert({name: value}, kind)
        except msgspec.ValidationError as failure:
            message = str(failure).partition(" - at ")[0]
            errors.append(FieldError(pointer=f"/{name}", code="type", message=message))
    if errors:
        raise Invalid(*errors)
    await uow.execute(queries.CHOOSE, section=section, chosen=after)
    subject = ("settings", section)
    record(uow, "tenancy.settings_changed", subject=subject, before=before, after=after)
    found: dict[str, Any] = msgspec.to_builtins(_read(kind, after))
    return found


async def _chosen(reader: Reader) -> dict[str, dict[str, Any]]:
    return {row.section: row.chosen for row in await reader.all(queries.CHOSEN)}


def _read(kind: type[S], chosen: Mapping[str, Any]) -> S:
    """What was chosen, as far as this version of the section still takes it."""
    good: dict[str, Any] = {}
    for name, value in chosen.items():
        try:
            if name in kind.__struct_fields__:
                good[name] = getattr(msgspec.convert({name: value}, kind), name)
        except msgspec.ValidationError:
            continue
    return kind(**good)
