"""Templates: found with the modules that declare them, checked with the start, rendered without a way out.

`rendering` makes MJML of their words, which mrml turns into HTML that mail programs understand. Neither can
read a file or fetch anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, structs

from backstay.kernel.module import CompositionError, Module, declared
from backstay.systems.mail.contracts import MailTemplate
from backstay.systems.mail.errors import NoSuchTemplate

if TYPE_CHECKING:
    from backstay.systems.mail.service.rendering import Renderer

HOUSE: Final = "mail/"
"""Where the templates of this module stand for others: `{% extends "mail/layout.mjml" %}`."""
_SUBJECT: Final = re.compile(r"Subject:[ \t]*(\S[^\n]*)\n\s*\n")
_BETWEEN_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Source(Struct, frozen=True):
    """The words of a template, before rendering."""

    subject: str
    text: str
    mjml: str


class Rendered(Struct, frozen=True):
    """What goes into a mail."""

    subject: str
    text: str
    html: str


class Template(Struct, frozen=True):
    """A declared template."""

    name: str
    """`accounts.welcome`."""
    module: str
    mail: type[MailTemplate]
    source: Source

    @property
    def variables(self) -> list[str]:
        """The names of its fields."""
        return list(self.mail.__struct_fields__)


class Templates:
    """Every template of the composed modules."""

    def __init__(self, modules: Sequence[Module]) -> None:
        """Load them; `check` reads what they say.

        Raises:
            CompositionError: a template's file is missing, or has no subject.
        """
        self._partials = {
            f"{module.name}/{name}": text
            for module in modules
            for name, text in _files_of(module).items()
            if name.endswith(".mjml")
        }
        self._by_type: dict[type[MailTemplate], Template] = {}
        self._by_name: dict[str, Template] = {}
        for module, kind in declared(modules, type):
            if issubclass(kind, MailTemplate):
                self._add(module, kind)

    @cached_property
    def _renderer(self) -> Renderer:
        # With the first template that is read: its library is no part of a server's start.
        from backstay.systems.mail.service.rendering import Renderer

        return Renderer(self._partials)

    def _add(self, module: Module, kind: type[MailTemplate]) -> None:
        base = _file_name(kind.__name__)
        name = f"{module.name}.{base}"
        if name in self._by_name:
            raise CompositionError(f"two mail templates are called {name!r}: rename one")
        found = _files_of(module)
        for ending in (".mjml", ".txt"):
            if f"{base}{ending}" not in found:
                raise CompositionError(f"mail template {name!r}: there is no templates/{base}{ending}")
        subject = _SUBJECT.match(found[f"{base}.txt"])
        if subject is None:
            raise CompositionError(
                f"mail template {name!r}: templates/{base}.txt must begin with `Subject: …` and an empty line"
            )
        source = Source(subject[1].strip(), found[f"{base}.txt"][subject.end() :], found[f"{base}.mjml"])
        self._by_name[name] = self._by_type[kind] = Template(name, module.name, kind, source)

    def check(self) -> None:
        """Read what the modules wrote.

        Raises:
            CompositionError: a template has a syntax error, or uses a variable that its struct does not have.
        """
        for template in self.all():
            for part in structs.astuple(template.source):
                try:
                    wrong = self._unknown(template, self._renderer.named_in(part))
                except ValueError as error:
                    raise CompositionError(f"mail template {template.name!r}: {error}") from None
                if wrong is not None:
                    raise CompositionError(f"mail template {template.name!r} {wrong}")

    @staticmethod
    def _unknown(template: Template, names: AbstractSet[str]) -> str | None:
        unknown = sorted(names - set(template.variables) - {"subject"})
        if not unknown:
            return None
        offer = ", ".join(template.variables) or "nothing"
        return f"uses {unknown[0]!r}, which {template.mail.__name__} does not have; it has: {offer}"

    def judge(self, template: Template, words: str) -> str | None:
        """The first thing that is wrong with a part that the module did not write; None when it will do."""
        try:
            return self._unknown(template, self._renderer.named_in_strange(words))
        except ValueError as wrong:
            return str(wrong)

    def all(self) -> list[Template]:
        """Every template, by name."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def named(self, name: str) -> Template:
        """The template of this name.

        Raises:
            NoSuchTemplate: there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise NoSuchTemplate from None

    def of(self, mail: MailTemplate) -> Template:
        """The template of this mail.

        Raises:
            LookupError: no composed module lists its class in `declares`.
        """
        template = self._by_type.get(type(mail))
        if template is None:
            kind = type(mail).__name__
            raise LookupError(f"no composed module declares the mail {kind}: list it in its `declares`")
        return template

    def render(self, mail: MailTemplate, source: Source) -> Rendered:
        """The mail's words with its variables in them.

        Raises:
            ValueError: an undefined variable, something that the sandbox forbids, no MJML, or more than a
                mail can hold.
        """
        # With the first mail: its library is two megabytes that no other process carries.
        from backstay.systems.mail.service.mjml import html_of

        variables = structs.asdict(mail)
        subject = " ".join(self._renderer.text(source.subject, variables).split())
        text = self._renderer.text(source.text, variables)
        mjml = self._renderer.mjml(source.mjml, variables | {"subject": subject})
        return Rendered(subject, text.strip() + "\n", html_of(mjml))


def description_of(template: Template) -> str:
    """The first paragraph of the struct's docstring."""
    return " ".join((template.mail.__doc__ or "").strip().partition("\n\n")[0].split())


def _files_of(module: Module) -> Mapping[str, str]:
    folder = files(module.package) / "templates"
    if not folder.is_dir():
        return {}
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith((".mjml", ".txt"))
    }


def _file_name(class_name: str) -> str:
    """`PasswordResetMail` is `password_reset`."""
    bare = class_name.removesuffix("Mail") or class_name
    return _BETWEEN_WORDS.sub("_", bare).lower()


def sample_of(template: Template) -> Any:
    """The template's sample."""
    return template.mail.sample()
