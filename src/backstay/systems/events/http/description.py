"""The events' description: `/docs/events` for people, `/docs/events.json` (AsyncAPI) for tools."""

from __future__ import annotations

from importlib.metadata import version
from typing import ClassVar

import msgspec

from backstay.kernel.backend import Backend
from backstay.kernel.http import Controller, Response, get
from backstay.systems.events.service import asyncapi, page
from backstay.systems.events.service.part import Events


class DescriptionController(Controller):
    """What may happen, described."""

    path: ClassVar[str] = "/docs/events"
    name: ClassVar[str] = "event_description"
    version: ClassVar[str | None] = None

    @get(public=True, hidden=True)
    async def show(self, backend: Backend) -> Response[str]:
        """Show every event with its fields, for a person."""
        return Response(page.page(_document(backend)), media_type="text/html; charset=utf-8")

    @get(".json", public=True, hidden=True)
    async def read(self, backend: Backend) -> Response[bytes]:
        """The same as an AsyncAPI 3.0 document."""
        return Response(msgspec.json.encode(_document(backend)), media_type="application/json")


def _document(backend: Backend) -> dict[str, object]:
    return asyncapi.document(
        backend.part(Events).catalog, title=f"{backend.settings.app.name} events", version=version("backstay")
    )
