"""The templates that modules declare."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.database import Reader
from backstay.kernel.http import Controller, FromPath, Response, get
from backstay.systems.mail import service
from backstay.systems.mail.contracts import TemplateInfo, TemplatePreview
from backstay.systems.mail.errors import NoSuchTemplate
from backstay.systems.mail.http.permissions import READ, confined


class TemplatesController(Controller):
    """Templates with their sample data."""

    path: ClassVar[str] = "/mail/templates"
    name: ClassVar[str] = "templates"

    @get(permission=READ)
    async def list_templates(self, reader: Reader) -> list[TemplateInfo]:
        """List the templates."""
        return service.list_templates(reader)

    @get("/{name:str}", permission=READ, problems=[NoSuchTemplate])
    async def read(self, reader: Reader, name: FromPath[str]) -> TemplatePreview:
        """See a template with its sample data."""
        return service.preview(reader, name)

    @get("/{name:str}/html", permission=READ, hidden=True, problems=[NoSuchTemplate])
    async def read_html(self, reader: Reader, name: FromPath[str]) -> Response[str]:
        """See its HTML part as a page that can run and fetch nothing."""
        return confined(service.preview(reader, name).html)
