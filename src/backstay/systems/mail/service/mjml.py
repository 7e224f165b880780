"""MJML as HTML for mail programs."""

from __future__ import annotations

import re
from typing import Final

import mrml

DEPTH: Final = 100
"""How deep elements may be nested. mrml recurses, and an overflowing stack would end the whole process."""
_NO_INCLUDES: Final = mrml.ParserOptions(include_loader=mrml.memory_loader({}))
# Without this, mrml links fonts from Google in every mail, and every recipient is tracked.
_NO_FONTS: Final = mrml.RenderOptions(fonts={})
_NAME: Final = re.compile(r"[A-Za-z][^\s/>]*")
_MARK: Final = re.compile("[\"'>]")


def html_of(mjml: str) -> str:
    """MJML as HTML.

    Raises:
        ValueError: it is no MJML, or is nested too deeply.
    """
    if depth_of(mjml) > DEPTH:
        raise ValueError(f"this is nested too deeply: at most {DEPTH} elements in each other")
    try:
        output = mrml.to_html(mjml, _NO_INCLUDES, _NO_FONTS)
    except OSError as error:
        # What mrml raises when it cannot read its input.
        raise ValueError(f"this is no MJML: {error}") from None
    return output.content


def depth_of(text: str) -> int:
    """How deep elements are nested in each other, or more: an end that does not fit ends nothing."""
    deepest, at, opened = 0, 0, list[str]()
    while (start := text.find("<", at)) >= 0:
        at = start + 1
        if text.startswith("!--", at):
            at = _behind(text, "-->", at)
        elif text.startswith("![CDATA[", at):
            at = _behind(text, "]]>", at)
        elif text.startswith("/", at):
            name = _NAME.match(text, at + 1)
            if name is not None and opened and opened[-1] == name[0]:
                opened.pop()
        elif (name := _NAME.match(text, at)) is not None:
            at = _end_of_tag(text, name.end())
            if text[at - 2 : at] != "/>":
                opened.append(name[0])
                deepest = max(deepest, len(opened))
    return deepest


def _behind(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _end_of_tag(text: str, at: int) -> int:
    """Behind the `>` that ends a tag, which values in quotes may hold too."""
    while (mark := _MARK.search(text, at)) is not None:
        if mark[0] == ">":
            return mark.end()
        at = _behind(text, mark[0], mark.end())
    return len(text)
