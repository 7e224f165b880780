"""Markdown to HTML that is safe to put into a page.

Three walls, each enough against scripts: raw HTML in the source is escaped, markdown-it
refuses dangerous links, and nh3 (ammonia) lets only the tags and attributes below pass.
Images are shown as links: one from elsewhere would tell its server who reads the note and when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, Final

import msgspec

from backstay.products.notes.contracts import Note

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_TAGS: Final = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "ul", "ol", "li"),
    *("a", "code", "em", "strong", "s", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "code": {"class"},
    "ol": {"start"},
    "td": {"style"},
    "th": {"style"},
}
_SCHEMES: Final = {"http", "https", "mailto"}
_REL: Final = "noopener noreferrer nofollow"
_LONG: Final = 4_000
"""Characters from which on a body is rendered on a thread, so that the loop serves others meanwhile."""
_LONG_KEPT: Final = 16
"""Long bodies whose HTML is kept in memory; a shared one may be asked for often."""


@cache
def _parser() -> MarkdownIt:
    # Imported late: a server that renders nothing starts faster.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _image_as_link)
    return parser


def _image_as_link(_renderer: Any, tokens: Sequence[Token], index: int, *_: Any) -> str:
    image = tokens[index]
    source = str(image.attrGet("src") or "")
    return f'<a href="{escape(source)}">{escape(image.content or source)}</a>'


def to_html(source: str) -> str:
    """The source as HTML: CommonMark with tables and strikethrough."""
    # Imported late, as above.
    import nh3

    return nh3.clean(
        _parser().render(source),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=_REL,
        filter_style_properties={"text-align"},
        attribute_filter=_only_languages,
    )


def _only_languages(tag: str, attribute: str, value: str) -> str | None:
    """On `code` only the class that names the language of a fenced block."""
    if (tag, attribute) == ("code", "class") and not value.startswith("language-"):
        return None
    return value


@cache
def _renderer() -> ThreadPoolExecutor:
    # Rendering the worst 100 kB takes seconds. One thread: however many such notes are asked for at
    # once, the loop keeps its share of the interpreter.
    return ThreadPoolExecutor(1, "notes-markdown")


_long_to_html: Final = lru_cache(_LONG_KEPT)(to_html)


async def html_of(source: str) -> str:
    """`to_html` for a server that has others to answer."""
    if len(source) < _LONG:
        return to_html(source)
    return await asyncio.get_running_loop().run_in_executor(_renderer(), _long_to_html, source)


async def rendered(note: Note) -> Note:
    """The note with its `html`."""
    return msgspec.structs.replace(note, html=await html_of(note.body))
