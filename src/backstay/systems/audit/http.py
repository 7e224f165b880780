"""The audit trail over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from msgspec import Meta
from typing_extensions import override

from backstay.kernel.actor import Permission
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    FromQuery,
    JSONBody,
    ListQuery,
    Streaming,
    delete,
    get,
    post,
)
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record
from backstay.systems.audit import service
from backstay.systems.audit.contracts import AuditKey, AuditNote, AuditRecord, Checkpoint, Verification
from backstay.systems.audit.errors import NoSuchRecord
from backstay.systems.audit.queries import LIST
from backstay.systems.idempotency import Replayable

READ: Final = Permission("audit:read", "See, check and export who did what in the organization")
ERASE: Final = Permission(
    "audit:erase",
    "Make what was recorded of a person unreadable, for ever",
    presets=("owner",),
    in_person=True,
)

NOTE: Final = Permission("audit:note", "Add notes to the trail by hand", presets=("support",))

Seq = Annotated[int, Meta(ge=1, le=2**53 - 1, description="The record's number.", examples=[1])]
Form = Annotated[Literal["jsonl", "csv"], Meta(description="The form of the file.")]


class Export(Streaming):
    """The trail as a file, sent as it is read."""

    def __init__(self, parts: AsyncIterator[bytes], form: str) -> None:
        self._parts = parts
        self._form = form
        self.content_type = b"text/csv; charset=utf-8" if form == "csv" else b"application/jsonl"

    @override
    def headers(self) -> list[tuple[bytes, bytes]]:
        """A file to be kept, by nobody between."""
        name = f'attachment; filename="audit.{self._form}"'.encode("ascii")
        return [(b"content-disposition", name), (b"cache-control", b"no-store")]

    @override
    async def send_body(
        self,
        send: Callable[[Any], Awaitable[None]],
        receive: Callable[[], Awaitable[Any]],
        record: Record,
        ending: asyncio.Event,
    ) -> None:
        """Part by part."""
        async for part in self._parts:
            record.response_bytes += len(part)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class AuditController(Controller):
    """Who did what."""

    path: ClassVar[str] = "/audit"

    @get("/records", permission=READ, listing=LIST)
    async def list_records(self, reader: Reader, query: ListQuery) -> Page[AuditRecord]:
        """List what happened, newest first; `actor_id` makes it somebody's activity."""
        return await service.list_records(reader, query)

    @get("/records/{seq:int}", permission=READ, problems=[NoSuchRecord])
    async def read_record(self, reader: Reader, seq: FromPath[Seq]) -> AuditRecord:
        """Read one record."""
        return await service.get_record(reader, seq)

    @post("/notes", permission=NOTE, status=204, declares=[Replayable()])
    async def add_note(self, uow: UnitOfWork, data: JSONBody[AuditNote]) -> None:
        """Add a note by hand, about what no system saw: an approval by phone, a paper that was signed."""
        service.record(
            uow,
            "audit.note_added",
            subject=("note", uuid7()),
            after={"text": data.text},
            person=data.person_id,
        )

    @post("/verification", permission=READ, status=200)
    async def verify(self, reader: Reader) -> Verification:
        """Go through the whole chain and say whether it is what was recorded."""
        return await service.verify(reader)

    @get("/checkpoints", permission=READ)
    async def list_checkpoints(self, reader: Reader) -> list[Checkpoint]:
        """List the signatures; keep the newest one elsewhere."""
        return await service.list_checkpoints(reader)

    @post("/checkpoints", permission=READ)
    async def sign(self, uow: UnitOfWork) -> list[Checkpoint]:
        """Sign how far the trail has come, now; a background part does it every minute."""
        await service.sign(uow)
        return await service.list_checkpoints(uow)

    @get("/key", permission=READ)
    async def read_key(self, reader: Reader) -> AuditKey:
        """Read the public key that checkpoints are signed with."""
        return service.signing_key(reader)

    @get("/export", permission=READ, in_person=True)
    async def export(self, reader: Reader, form: FromQuery[Form] = "jsonl") -> Export:
        """Take the whole trail away with its proof; `backstay audit verifier` prints what checks it."""
        return Export(service.export(reader, form), form)

    @delete("/people/{person_id:uuid}", permission=ERASE, problems=[NoSuchRecord])
    async def erase_person(self, uow: UnitOfWork, person_id: FromPath[UUID]) -> None:
        """Destroy the key of a person's data in this organization's records; the chain still holds."""
        if not await service.erase_here(uow, person_id):
            raise NoSuchRecord("Nothing was recorded of this person, or they are erased.")
