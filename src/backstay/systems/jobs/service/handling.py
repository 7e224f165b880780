"""What runs a kind of jobs, and what it may ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar, get_type_hints

import msgspec

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.module import CompositionError
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.declaring import Job, kind_of
from backstay.systems.jobs.service.stopping import Stop

J = TypeVar("J", bound=Job)

Handler = Callable[..., Any]
"""`async def` for the event loop, a plain function for a thread or a process."""

_GIVEN: Final = {UnitOfWork: "uow", Reader: "reader", JobContext: "context", Backend: "backend", Stop: "stop"}
"""What a handler may ask for by annotation besides its job."""


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
        """Parameter names of the handler and what each is: a value of `_GIVEN`, or `job`."""
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
        if options.runs_on == "thread" and set(self.given.values()) - {"job", "stop"}:
            raise CompositionError(f"{where} runs on a thread: it may take its job and a Stop only")
        if options.runs_on == "process" and set(self.given.values()) - {"job"}:
            raise CompositionError(f"{where} runs in a process: it may take its job only")
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
        if isinstance(kind, type) and issubclass(kind, Job) and issubclass(job, kind):
            given[name] = "job"
        elif kind in _GIVEN:
            given[name] = _GIVEN[kind]
        else:
            raise CompositionError(
                f"the handler of {kind_of(job)}: cannot supply the parameter {name!r}; it may take "
                f"{job.__name__}, UnitOfWork, Reader, JobContext, Backend and Stop, by annotation"
            )
    return given
