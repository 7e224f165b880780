"""Every type of events that this composition knows, and how its data becomes the event again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from backstay.kernel.event import Event
from backstay.kernel.module import CompositionError, Module


class Catalog:
    """The types of one composition: those its modules publish, and those they only read."""

    def __init__(self, modules: Iterable[Module], read: Iterable[type[Event]] = ()) -> None:
        """`read`: types that subscriptions and projections name, wherever they are published.

        Raises:
            CompositionError: two different classes have one type.
        """
        self._classes: dict[str, type[Event]] = {}
        self._owners: dict[str, str] = {}
        for module in modules:
            for event in module.events:
                self._add(event)
                self._owners[event.type] = module.name
        for event in read:
            self._add(event)
        self._decoders: dict[str, Callable[[bytes | str], Event]] = {
            name: msgspec.json.Decoder(kind).decode for name, kind in self._classes.items()
        }

    def _add(self, event: type[Event]) -> None:
        there = self._classes.setdefault(event.type, event)
        if there is not event:
            raise CompositionError(
                f"two events have the type {event.type!r}: {there.__qualname__} of {there.__module__} and "
                f"{event.__qualname__} of {event.__module__}"
            )

    @property
    def published(self) -> Sequence[str]:
        """The types that modules here publish, sorted."""
        return sorted(self._owners)

    @property
    def foreign(self) -> Sequence[str]:
        """The types that are read here and published elsewhere, sorted."""
        return sorted(set(self._classes) - set(self._owners))

    def owner(self, type_: str) -> str | None:
        """The module that publishes a type, if one here does."""
        return self._owners.get(type_)

    def event(self, type_: str) -> type[Event]:
        """The class of a type that is known here."""
        return self._classes[type_]

    def decode(self, type_: str, data: bytes | str) -> Event:
        """The event again.

        Raises:
            msgspec.ValidationError: the data no longer fits the class.
        """
        return self._decoders[type_](data)

    def refuse_undeclared(self, event: Event) -> None:
        """Stop a module from publishing what no manifest lists.

        Raises:
            LookupError: it is not declared; a bug of its publisher.
        """
        if self._classes.get(event.type) is not type(event) or event.type not in self._owners:
            raise LookupError(
                f"{type(event).__qualname__} ({event.type}) is published, and no composed module lists it: "
                "add it to `events=` of its module's manifest"
            )


def summary_of(event: type[Event]) -> str:
    """The first line of what its class says of itself."""
    return inspect.cleandoc(event.__doc__ or "").partition("\n")[0]


def stream_of(event: Event) -> str | None:
    """The stream that an event belongs to: what its type begins with, and its subject."""
    subject = event.subject()
    return None if subject is None else f"{event.type.partition('.')[0]}/{subject}"


def fields_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of its data, definitions inside."""
    return msgspec.json.schema(event)
