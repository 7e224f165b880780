"""How jobs are declared: a struct of arguments, a handler, and the registry that knows both by name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar, get_type_hints

import msgspec
from msgspec import Struct

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.module import CompositionError, Module
from backstay.systems.jobs.contracts import JobOptions
from backstay.systems.jobs.service.context import JobContext

J = TypeVar("J", bound="Job")

Handler = Callable[..., Any]
"""`async def` for the event loop, a plain function for a thread or a process."""

_GIVEN: Final = {UnitOfWork: "uow", Reader: "reader", JobContext: "context", Backend: "backend"}
"""What a handler may ask for by annotation besides its job."""


class Job(Struct, frozen=True, kw_only=True):
    """The arguments of one kind of job: subclass it with `frozen=True` and add fields that JSON can carry.

    A struct that services enqueue belongs into `contracts.py`; its handler into `jobs.py`.
    Stored jobs outlive a deployment: give a new field a default, and rename a kind only by
    `kind`, which keeps its old value.
    """

    options: ClassVar[JobOptions] = JobOptions()
    kind: ClassVar[str] = ""
    """Its name in the store; when not set, `<module>.<class_name>`."""

    def unique_key(self) -> str | None:
        """While a live job of this kind has the same key, another is not made; None: no such rule."""
        return None

    def order_key(self) -> str | None:
        """Jobs with the same key run one at a time, in the order of their commits."""
        return None

    def concurrency_key(self) -> str | None:
        """At most `options.concurrency` jobs with the same key run at once."""
        return None

    def rate_key(self) -> str | None:
        """Jobs with the same key share `options.rate`; the kind itself when None."""
        return None


def kind_of(job: type[Job]) -> str:
    """The name of a kind of jobs in the store: `notes.purge_notes`."""
    own = vars(job).get("kind")
    if isinstance(own, str) and own:
        return own
    parts = job.__module__.split(".")
    # backstay.products.notes.contracts: the package before the file; one file alone names itself.
    owner = parts[-2] if len(parts) > 1 else parts[0]
    if owner in {"service", "jobs"} and len(parts) > 2:
        owner = parts[-3]
    return f"{owner}.{_snake(job.__name__)}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class JobHandler(Generic[J]):
    """A kind of jobs with what runs it; made by `handles`, listed in a manifest's `declares`."""

    def __init__(self, job: type[J], call: Handler) -> None:
        """Use `handles`."""
        self.job = job
        self.call = call
        self.kind = kind_of(job)
        self.options = job.options
        self.is_async = inspect.iscoroutinefunction(call)
        self.given = _given(job, call)
        """Parameter names of the handler and what each is: `job`, `uow`, `reader`, `context`, `backend`."""
        self.decode: Callable[[bytes], J] = msgspec.json.Decoder(job).decode
        self._refuse_contradictions()

    @property
    def wants_uow(self) -> bool:
        """Whether its effects and the end of its job are one commit."""
        return "uow" in self.given.values()

    def _refuse_contradictions(self) -> None:
        where, options = f"the handler of {self.kind}", self.options
        if options.runs_on == "loop" and not self.is_async:
            raise CompositionError(f"{where} is a plain function: say runs_on='thread' or 'process'")
        if options.runs_on != "loop" and self.is_async:
            raise CompositionError(f"{where} is `async def` and can only run on the loop")
        if options.runs_on != "loop" and set(self.given.values()) - {"job"}:
            raise CompositionError(f"{where} runs beside the loop: it may take its job only")
        if {"uow", "reader"} <= set(self.given.values()):
            raise CompositionError(f"{where} takes both a UnitOfWork and a Reader; a unit of work reads too")


def handles(job: type[J]) -> Callable[[Handler], JobHandler[J]]:
    """Make the function below the handler of a kind of jobs.

    ```python
    @handles(SendReceipt)
    async def send_receipt(job: SendReceipt, uow: UnitOfWork) -> None:
        ...
    ```

    With a `UnitOfWork` its effects and the job's end are one commit, so that a job whose
    worker died has either happened or not. What it returns is kept as the job's result.
    """

    def decorate(call: Handler) -> JobHandler[J]:
        return JobHandler(job, call)

    return decorate


def _given(job: type[Job], call: Handler) -> dict[str, str]:
    hints = get_type_hints(call)
    given: dict[str, str] = {}
    for name in inspect.signature(call).parameters:
        kind = hints.get(name)
        if kind is job:
            given[name] = "job"
        elif kind in _GIVEN:
            given[name] = _GIVEN[kind]
        else:
            raise CompositionError(
                f"the handler of {kind_of(job)}: cannot supply the parameter {name!r}; it may take "
                f"{job.__name__}, UnitOfWork, Reader, JobContext and Backend, by annotation"
            )
    return given


class Registry:
    """Every declared kind of jobs, by name."""

    def __init__(self, handlers: Iterable[tuple[Module, JobHandler[Any]]] = ()) -> None:
        """`handlers` with the module that declares each.

        Raises:
            CompositionError: two handle the same kind.
        """
        self._handlers: dict[str, JobHandler[Any]] = {}
        self._owners: dict[str, str] = {}
        for module, handler in handlers:
            if handler.kind in self._handlers:
                raise CompositionError(
                    f"two handlers of {handler.kind}: in {self._owners[handler.kind]} and in {module.name}"
                )
            self._handlers[handler.kind] = handler
            self._owners[handler.kind] = module.name

    def handler(self, kind: str) -> JobHandler[Any] | None:
        """The handler of a kind, if this deployment has one."""
        return self._handlers.get(kind)

    @property
    def kinds(self) -> Sequence[str]:
        """Every kind, sorted."""
        return sorted(self._handlers)

    @property
    def queues(self) -> Sequence[str]:
        """Every queue that a kind names, sorted."""
        return sorted({handler.options.queue for handler in self._handlers.values()})
