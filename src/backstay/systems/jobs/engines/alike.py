"""Very many jobs of one sort: what they share is said once, and each is made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload
from uuid import UUID

import msgspec
from typing_extensions import override

from backstay.kernel.ids import uuid7
from backstay.systems.jobs.engines.store import NewJob


def models_of(jobs: Sequence[NewJob]) -> Sequence[NewJob]:
    """Of each sort one at least."""
    return (jobs.model,) if isinstance(jobs, Alike) else jobs


class Alike(Sequence[NewJob]):
    """Jobs that differ from one model in their ids and arguments only."""

    def __init__(
        self, model: NewJob, arguments: Sequence[msgspec.Struct], ids: Sequence[UUID] | None = None
    ) -> None:
        """`model` has no key that binds it and depends on nothing; without `ids` each is given a new one."""
        self.model = model
        self._arguments = arguments
        self._ids = ids
        self._made: list[NewJob] | None = None

    def each(self) -> Iterator[tuple[UUID, str]]:
        """Ids and arguments as JSON, each made when it is asked for. Asked twice, new ids are others."""
        encode = msgspec.json.encode
        if self._ids is None:
            for one in self._arguments:
                yield uuid7(), encode(one).decode()
        else:
            for job_id, one in zip(self._ids, self._arguments, strict=True):
                yield job_id, encode(one).decode()

    def _all(self) -> list[NewJob]:
        if self._made is None:
            replace, model = msgspec.structs.replace, self.model
            self._made = [replace(model, id=job_id, payload=text.encode()) for job_id, text in self.each()]
        return self._made

    @override
    def __len__(self) -> int:
        return len(self._arguments)

    @overload
    def __getitem__(self, index: int) -> NewJob: ...

    @overload
    def __getitem__(self, index: slice) -> list[NewJob]: ...

    @override
    def __getitem__(self, index: int | slice) -> NewJob | list[NewJob]:
        return self._all()[index]

    @override
    def __iter__(self) -> Iterator[NewJob]:
        return iter(self._all())
