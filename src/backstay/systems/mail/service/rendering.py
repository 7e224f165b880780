"""Jinja2, confined: what a template names, whether its words may stand, and what they become.

It runs in its sandbox and escapes every variable in the HTML part. It can neither read a file nor fetch
anything: what a template includes comes from the templates that were loaded at start.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, Final

import jinja2
from jinja2 import DictLoader, StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backstay.systems.mail.service.grammar import misspoken

LONGEST: Final = 2_000_000
"""Characters of one part of a mail, rendered."""
_GRAMMAR: Final = ImmutableSandboxedEnvironment()


class Misworded(ValueError):
    """Words that cannot be read or rendered, and why; or more of them than a mail can hold."""


class Renderer:
    """Renders with the layouts of the composed modules."""

    def __init__(self, partials: Mapping[str, str]) -> None:
        """`partials`: what templates may extend, by its name."""
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

    def named_in(self, words: str) -> AbstractSet[str]:
        """The variables that a module's own part of a template uses.

        Raises:
            Misworded: a syntax error.
        """
        try:
            return _named_in(words)
        except TemplateError as error:
            raise Misworded(str(error)) from None

    def named_in_strange(self, words: str) -> AbstractSet[str]:
        """The variables that a part uses which the module did not write.

        Raises:
            Misworded: a syntax error, or more than such words may say; see `grammar`.
        """
        try:
            parsed = self._environment.parse(words)
        except TemplateError as error:
            raise Misworded(str(error)) from None
        wrong = misspoken(parsed, self._partials)
        if wrong is not None:
            raise Misworded(wrong)
        return meta.find_undeclared_variables(parsed)

    def text(self, words: str, variables: Mapping[str, Any]) -> str:
        """Plain text, with its variables in it.

        Raises:
            Misworded: an undefined variable, something that the sandbox forbids, or too long.
        """
        return _said(self._text_of, words, variables)

    def mjml(self, words: str, variables: Mapping[str, Any]) -> str:
        """MJML, with its variables escaped.

        Raises:
            Misworded: an undefined variable, something that the sandbox forbids, or too long.
        """
        return _said(self._html_of, words, variables)


@lru_cache(256)  # a process that starts many houses, as tests do, parses each template once
def _named_in(words: str) -> AbstractSet[str]:
    """Which templates there are to include does not matter."""
    return meta.find_undeclared_variables(_GRAMMAR.parse(words))


def _said(compiled: Any, words: str, variables: Mapping[str, Any]) -> str:
    pieces, length = list[str](), 0
    try:
        template: jinja2.Template = compiled(words)
        for piece in template.generate(variables):
            pieces.append(piece)
            length += len(piece)
            if length > LONGEST:
                raise Misworded(f"this says more than {LONGEST:,} characters")
    except TemplateError as error:
        raise Misworded(str(error)) from None
    return "".join(pieces)
