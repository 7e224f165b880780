"""What templates say in an organization: its own words where it has some, the module's otherwise."""

from __future__ import annotations

import logging
from typing import Final

from msgspec import structs, to_builtins

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.trail import record
from backstay.systems.mail.contracts import (
    MailTemplate,
    NewWords,
    Originals,
    TemplateInfo,
    TemplatePreview,
    Words,
)
from backstay.systems.mail.errors import StaleWords
from backstay.systems.mail.queries import words as queries
from backstay.systems.mail.queries.words import OwnWords
from backstay.systems.mail.service.addresses import one_line
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.templates import Rendered, Source, Template, description_of, sample_of

_log: Final = logging.getLogger("backstay.mail")
_PARTS: Final = ("subject", "text", "mjml")
_UNUSABLE: Final = (ValueError, TypeError, LookupError, AttributeError, Invalid)
"""What rendering raises when words and data do not fit."""


async def list_templates(reader: Reader) -> list[TemplateInfo]:
    """Every declared template."""
    own = set(await reader.all(queries.NAMES))
    return [
        TemplateInfo(
            one.name, one.module, one.mail.category, description_of(one), one.variables, one.name in own
        )
        for one in reader.part(Mailer).templates.all()
    ]


async def words_of(reader: Reader, name: str) -> Words:
    """What a template says in the organization.

    Raises:
        NoSuchTemplate: there is none of this name.
    """
    template = reader.part(Mailer).templates.named(name)
    own = await reader.first(queries.OF, template=template.name)
    return _shown(template, own)


async def put_words(uow: UnitOfWork, name: str, new: NewWords, *, version: int) -> Words:
    """Let a template say something else in the organization, from the next mail on.

    Raises:
        NoSuchTemplate: there is none of this name.
        Invalid: the words cannot be used; names every part at fault.
        StaleWords: somebody changed them since this version; 0 is having none.
    """
    mailer = uow.part(Mailer)
    template = mailer.templates.named(name)
    _tried(mailer, template, new)
    parts = {"template": template.name, "subject": new.subject, "text": new.text, "mjml": new.mjml}
    if version:
        kept = await uow.first(queries.CHANGE, **parts, expected=version)
    else:
        kept = await uow.first(queries.FIRST, **parts)
    if kept is None:
        present = await uow.first(queries.OF, template=template.name)
        raise StaleWords(version=0 if present is None else present.version)
    record(
        uow,
        "mail.words_changed",
        subject=("template", template.name),
        before={"version": version},
        after=new,
    )
    return _shown(template, kept)


async def remove_words(uow: UnitOfWork, name: str) -> None:
    """Let a template say what its module wrote again.

    Raises:
        NoSuchTemplate: there is none of this name.
    """
    template = uow.part(Mailer).templates.named(name)
    own = await uow.first(queries.OF, template=template.name)
    if await uow.execute(queries.REMOVE, template=template.name):
        record(uow, "mail.words_removed", subject=("template", template.name), before=own)


async def preview(reader: Reader, name: str) -> TemplatePreview:
    """A template with its sample data, in the organization's words.

    Raises:
        NoSuchTemplate: there is none of this name.
    """
    mailer = reader.part(Mailer)
    template = mailer.templates.named(name)
    rendered, own, _ = await render(reader, mailer, template, sample_of(template))
    return _previewed(template, rendered, own=own)


def preview_words(reader: Reader, name: str, new: NewWords) -> TemplatePreview:
    """A template with its sample data in words that are not kept.

    Raises:
        NoSuchTemplate: there is none of this name.
        Invalid: the words cannot be used; names every part at fault.
    """
    mailer = reader.part(Mailer)
    template = mailer.templates.named(name)
    return _previewed(template, _tried(mailer, template, new), own=True)


async def render(
    reader: Reader, mailer: Mailer, template: Template, mail: MailTemplate
) -> tuple[Rendered, bool, str]:
    """A mail's words: the rendered, whether they are the organization's own, and whence, for the ledger.

    Own words that do not fit the data any more keep no mail from being sent: the module's are used.
    """
    own = await reader.first(queries.OF, template=template.name)
    whence = f"from template {template.name}"
    if own is None:
        return mailer.templates.render(mail, template.source), False, whence
    try:
        rendered = mailer.templates.render(mail, Source(own.subject, own.text, own.mjml))
        one_line(rendered.subject, pointer="/subject")
    except _UNUSABLE as failure:
        # Not the failure's words: they may quote what the mail is about.
        _log.warning("mail: own words of %s cannot be used: %s", template.name, type(failure).__name__)
        why = f"{whence}, in the module's words: the organization's own do not fit its data any more"
        return mailer.templates.render(mail, template.source), False, why
    return rendered, True, f"{whence}, in the organization's own words (version {own.version})"


def _tried(mailer: Mailer, template: Template, new: NewWords) -> Rendered:
    """The words with the sample data.

    Raises:
        Invalid: a part is refused, or the whole cannot be rendered.
    """
    found = {part: mailer.templates.judge(template, getattr(new, part)) for part in _PARTS}
    wrong = [_fault(part, message) for part, message in found.items() if message is not None]
    if wrong:
        raise Invalid(*wrong)
    module, sample = template.source, sample_of(template)
    for part, source in {
        "subject": Source(new.subject, module.text, module.mjml),
        "text": Source(module.subject, new.text, module.mjml),
        "mjml": Source(module.subject, module.text, new.mjml),
    }.items():
        try:
            rendered = mailer.templates.render(sample, source)
            one_line(rendered.subject, pointer="/subject")
        except _UNUSABLE as failure:
            words = failure.errors[0].message if isinstance(failure, Invalid) else str(failure)
            wrong.append(_fault(part, f"cannot be rendered with the sample data: {words}"))
    if wrong:
        raise Invalid(*wrong)
    rendered = mailer.templates.render(sample, Source(new.subject, new.text, new.mjml))
    if not rendered.subject:
        raise Invalid(_fault("subject", "says nothing with the sample data"))
    return rendered


def _fault(part: str, message: str) -> FieldError:
    return FieldError(pointer=f"/{part}", code="format", message=message)


def _shown(template: Template, own: OwnWords | None) -> Words:
    source = template.source if own is None else Source(own.subject, own.text, own.mjml)
    return Words(
        name=template.name,
        subject=source.subject,
        text=source.text,
        mjml=source.mjml,
        version=0 if own is None else own.version,
        changed_at=None if own is None else own.changed_at,
        originals=Originals(**structs.asdict(template.source)),
        sample=to_builtins(sample_of(template)),
    )


def _previewed(template: Template, rendered: Rendered, *, own: bool) -> TemplatePreview:
    return TemplatePreview(
        name=template.name,
        module=template.module,
        category=template.mail.category,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        own_words=own,
    )
