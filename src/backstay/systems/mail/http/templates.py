"""The templates that modules declare, and what they say in an organization."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, IfMatch, JSONBody, Response, delete, get, post, put
from backstay.systems.mail import service
from backstay.systems.mail.contracts import NewWords, TemplateInfo, TemplatePreview, Words
from backstay.systems.mail.errors import NoSuchTemplate, StaleWords
from backstay.systems.mail.http.permissions import READ, REWORD, confined


class TemplatesController(Controller):
    """Templates with their sample data, and their words."""

    path: ClassVar[str] = "/mail/templates"
    name: ClassVar[str] = "templates"

    @get(permission=READ)
    async def list_templates(self, reader: Reader) -> list[TemplateInfo]:
        """List the templates."""
        return await service.list_templates(reader)

    @get("/{name:str}", permission=READ, problems=[NoSuchTemplate])
    async def read(self, reader: Reader, name: FromPath[str]) -> TemplatePreview:
        """See a template with its sample data, in the organization's words."""
        return await service.preview(reader, name)

    @get("/{name:str}/html", permission=READ, hidden=True, problems=[NoSuchTemplate])
    async def read_html(self, reader: Reader, name: FromPath[str]) -> Response[str]:
        """See its HTML part as a page that can run and fetch nothing."""
        return confined((await service.preview(reader, name)).html)

    @get("/{name:str}/words", permission=READ, problems=[NoSuchTemplate])
    async def read_words(self, reader: Reader, name: FromPath[str]) -> Words:
        """Read what a template says before its variables are filled in."""
        return await service.words_of(reader, name)

    @put("/{name:str}/words", permission=REWORD, problems=[NoSuchTemplate, StaleWords])
    async def put_words(
        self, uow: UnitOfWork, name: FromPath[str], expected: IfMatch, data: JSONBody[NewWords]
    ) -> Words:
        """Let a template say something else in the organization, if it can be rendered with its sample data.

        `If-Match` is the version that was read: 0 while the organization has no words of its own.
        """
        return await service.put_words(uow, name, data, version=expected)

    @delete("/{name:str}/words", permission=REWORD, problems=[NoSuchTemplate])
    async def remove_words(self, uow: UnitOfWork, name: FromPath[str]) -> None:
        """Let a template say what its module wrote again."""
        await service.remove_words(uow, name)

    @post("/{name:str}/preview", permission=REWORD, status=200, problems=[NoSuchTemplate])
    async def preview_words(
        self, reader: Reader, name: FromPath[str], data: JSONBody[NewWords]
    ) -> TemplatePreview:
        """See a template with its sample data in words that are not kept."""
        return service.preview_words(reader, name, data)
