"""Subscriptions: what a module does about events, as jobs of its own with an inbox."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import UnionType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from msgspec import defstruct

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.event import Event
from backstay.kernel.module import CompositionError
from backstay.systems.events.contracts import Recorded
from backstay.systems.events.queries import readers
from backstay.systems.events.service.part import Events
from backstay.systems.jobs import Job, JobContext, JobHandler, JobOptions

QUEUE: Final = "events"
_GIVEN: Final = {
    Recorded: "recorded",
    UnitOfWork: "uow",
    Reader: "reader",
    JobContext: "context",
    Backend: "backend",
}


class Delivery(Job, frozen=True, kw_only=True):
    """One event for one subscription. It carries the event, so that it outlives the log's retention."""

    event: Recorded
    seq: int
    """The event's place in this deployment's log: what the inbox remembers it by."""
    run: int = 0
    """The replay that it belongs to; 0 for the event's own time."""


class Subscription(JobHandler[Delivery]):
    """What a module does about events of some types; made by `subscribes`, listed in `declares`."""

    def __init__(self, call: Callable[..., Any], options: JobOptions, name: str | None) -> None:
        """Use `subscribes`."""
        self.name = name or _name_of(call)
        self.events = _events_of(call, self.name)
        self.types = frozenset(event.type for event in self.events)
        self.summary = inspect.cleandoc(call.__doc__ or "").partition("\n")[0]
        self._call = call
        self._wanted = _wanted_by(call, self.name)
        made = defstruct(
            "Delivery",
            [],
            bases=(Delivery,),
            namespace={"kind": self.name, "options": options},
            frozen=True,
            kw_only=True,
        )
        self.once = "uow" in self._wanted.values()
        """Whether its effects are in a unit of work, and so happen once."""
        super().__init__(cast("type[Delivery]", made), self._deliver_in_unit if self.once else self._deliver)

    async def _deliver_in_unit(
        self, job: Delivery, uow: UnitOfWork, context: JobContext, backend: Backend
    ) -> None:
        # The note and the effects are one commit: however often the job comes, they happen once.
        if await uow.first(readers.TAKE, subscription=self.name, run=job.run, seq=job.seq) is None:
            return
        await self._call(**self._arguments(job, uow, context, backend))

    async def _deliver(self, job: Delivery, context: JobContext, backend: Backend) -> None:
        # Nothing to note: what it does is in no commit of ours, so a note could only be before it or after.
        await self._call(**self._arguments(job, None, context, backend))

    def _arguments(
        self, job: Delivery, uow: UnitOfWork | None, context: JobContext, backend: Backend
    ) -> dict[str, Any]:
        have: dict[str, Callable[[], Any]] = {
            "event": lambda: backend.part(Events).catalog.decode(job.event.type, bytes(job.event.data)),
            "recorded": lambda: job.event,
            "uow": lambda: uow,
            "reader": lambda: backend.reader(context.actor),
            "context": lambda: context,
            "backend": lambda: backend,
        }
        return {name: have[what]() for name, what in self._wanted.items()}


def subscribes(
    *, options: JobOptions | None = None, name: str | None = None
) -> Callable[[Callable[..., Any]], Subscription]:
    """Make the function below what its module does about an event.

    ```python
    @subscribes()
    async def count_orders(event: OrderPlaced, uow: UnitOfWork) -> None:
        ...
    ```

    Which events is said by the parameter's annotation; several with `|`. It may also ask, by
    annotation, for `Recorded` (the event's metadata), `UnitOfWork`, `Reader`, `JobContext` and
    `Backend`. With a `UnitOfWork` its effects happen once for every event, whatever dies; without,
    at least once. Events of one subject come in their order, one at a time.

    Args:
        options: how its jobs run: retries, timeout, and `order_failure` for what a dead event does to
            later ones of its subject. The queue is `events` when they are not given.
        name: `<module>.<function>` when not said. It is remembered: renaming the function is a new
            subscription, unless the old name is kept here.
    """

    def decorate(call: Callable[..., Any]) -> Subscription:
        return Subscription(call, options or JobOptions(queue=QUEUE), name)

    return decorate


def _name_of(call: Callable[..., Any]) -> str:
    parts = call.__module__.split(".")
    owner = parts[-2] if len(parts) > 1 else parts[0]
    if owner in {"service", "jobs"} and len(parts) > 2:
        owner = parts[-3]
    return f"{owner}.{call.__name__}"


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _is_event(hint: Any) -> bool:
    return all(isinstance(one, type) and issubclass(one, Event) for one in _members(hint))


def _events_of(call: Callable[..., Any], name: str) -> tuple[type[Event], ...]:
    if not inspect.iscoroutinefunction(call):
        raise CompositionError(f"the subscription {name} must be `async def`")
    found = [hint for key, hint in get_type_hints(call).items() if key != "return" and _is_event(hint)]
    if len(found) != 1:
        raise CompositionError(
            f"the subscription {name} must take one event, by annotation, not {len(found)}"
        )
    return _members(found[0])


def _wanted_by(call: Callable[..., Any], name: str) -> dict[str, str]:
    hints = get_type_hints(call)
    wanted: dict[str, str] = {}
    for parameter in inspect.signature(call).parameters:
        hint = hints.get(parameter)
        if hint in _GIVEN:
            wanted[parameter] = _GIVEN[hint]
        elif _is_event(hint):
            wanted[parameter] = "event"
        else:
            raise CompositionError(
                f"the subscription {name}: cannot supply the parameter {parameter!r}; it may take its event, "
                "Recorded, UnitOfWork, Reader, JobContext and Backend, by annotation"
            )
    return wanted
