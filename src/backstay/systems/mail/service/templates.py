"""Templates: found with the modules that declare them, checked at start, rendered without a way out.

Jinja2 runs in its sandbox and escapes every variable in the HTML part; the result is MJML,
which mrml turns into HTML that mail programs understand. Neither can read a file or fetch
anything: what a template includes comes from the templates that were loaded at start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import jinja2
from jinja2 import DictLoader, StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from msgspec import Struct, structs

from backstay.kernel.module import CompositionError, Module, declared
from backstay.systems.mail.contracts import MailTemplate
from backstay.systems.mail.errors import NoSuchTemplate
from backstay.systems.mail.service.grammar import TooMuch, misspoken

HOUSE: Final = "mail/"
"""Where the templates of this module stand for others: `{% extends "mail/layout.mjml" %}`."""
_SUBJECT: Final = re.compile(r"Subject:[ \t]*(\S[^\n]*)\n\s*\n")
_BETWEEN_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GRAMMAR: Final = ImmutableSandboxedEnvironment()
LONGEST: Final = 2_000_000
"""Characters of one part of a mail, rendered."""


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
        """Load and check.

        Raises:
            CompositionError: a template's file is missing, has a syntax error, or uses a
                variable that its struct does not have.
        """
        partials = {
            f"{module.name}/{name}": text
            for module in modules
            for name, text in _files_of(module).items()
            if name.endswith(".mjml")
        }
        self._partials = frozenset(partials)
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(partials),
            undefined=StrictUndefined,
            autoescape=lambda name: name is None or name.endswith(".mjml"),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        # The text part and the subject are not HTML.
        self._plain = self._environment.overlay(autoescape=False)
        # Compiling costs a hundred times what rendering does. Bounded, for words may come from a table.
        self._html_of = lru_cache(256)(self._environment.from_string)
        self._text_of = lru_cache(256)(self._plain.from_string)
        self._by_type: dict[type[MailTemplate], Template] = {}
        self._by_name: dict[str, Template] = {}
        for module, kind in declared(modules, type):
            if issubclass(kind, MailTemplate):
                self._add(module, kind)

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
        template = Template(name, module.name, kind, source)
        self._check(template)
        self._by_name[name] = self._by_type[kind] = template

    def _check(self, template: Template) -> None:
        for part in structs.astuple(template.source):
            try:
                wrong = self._unknown(template, _names_in(part))
            except TemplateError as error:
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
            parsed = self._environment.parse(words)
        except TemplateError as error:
            return str(error)
        wrong = misspoken(parsed, self._partials)
        return wrong or self._unknown(template, meta.find_undeclared_variables(parsed))

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
            jinja2.TemplateError: an undefined variable, or something that the sandbox forbids.
            ValueError: the result is no MJML, or is longer than a mail can be.
        """
        # With the first mail: its library is two megabytes that no other process carries.
        from backstay.systems.mail.service.mjml import html_of

        variables = structs.asdict(mail)
        subject = " ".join(_said(self._text_of(source.subject), variables).split())
        text = _said(self._text_of(source.text), variables)
        mjml = _said(self._html_of(source.mjml), variables | {"subject": subject})
        return Rendered(subject, text.strip() + "\n", html_of(mjml))


@lru_cache(256)  # a process that starts many houses, as tests do, parses each template once
def _names_in(part: str) -> AbstractSet[str]:
    """The variables that a part of a template uses; which templates there are to include does not matter."""
    return meta.find_undeclared_variables(_GRAMMAR.parse(part))


def _said(template: jinja2.Template, variables: Mapping[str, Any]) -> str:
    pieces, length = list[str](), 0
    for piece in template.generate(variables):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST:
            raise TooMuch(f"this says more than {LONGEST:,} characters")
    return "".join(pieces)


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
