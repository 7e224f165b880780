"""Titles, tags and bodies: tidied, compared, cut, rendered."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.products.notes import service
from backstay.products.notes.service.text import EXCERPT_LENGTH, excerpt_of, fold, one_line, tag_key


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        ("", ""),
        ("plain words", "plain words"),
        ("# Head\n\ntext", "Head text"),
        ("- one\n- [x] two\n1. three\n> four\n> - five", "one two three four five"),
        ("**bold** *it* _em_ __strong__ ~~gone~~ `code`", "bold it em strong gone code"),
        ("snake_case_name stays", "snake_case_name stays"),
        ("[link](https://example.org) and ![alt](a.png)", "link and alt"),
        ("```python\nprint(1)\n```\nafter", "print(1) after"),
        ("a\n\n---\n\nb", "a b"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a b 1 2"),
        (r"\*not bold\*", "*not bold*"),
        ("[1]: https://example.org\ntext", "text"),
        ("<b>html</b>", "<b>html</b>"),
    ],
)
def test_an_excerpt_is_what_a_reader_would_see(body: str, excerpt: str) -> None:
    assert excerpt_of(body) == excerpt


def test_a_long_excerpt_ends_between_words() -> None:
    assert excerpt_of("word " * 100) == "word " * 38 + "word…"
    assert excerpt_of("x" * 500) == "x" * 199 + "…"


@given(st.text(max_size=3000))
def test_an_excerpt_is_one_short_line(body: str) -> None:
    excerpt = excerpt_of(body)
    assert len(excerpt) <= EXCERPT_LENGTH
    assert excerpt == " ".join(excerpt.split())


@given(st.text(max_size=60))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert fold(fold(text)) == fold(text)
    assert tag_key(tag_key(text)) == tag_key(text)
    assert tag_key(text.upper().lower()) == tag_key(text.lower().upper().lower())


def test_decomposed_and_composed_letters_are_the_same_tag() -> None:
    assert tag_key(unicodedata.normalize("NFD", "Crème")) == tag_key(unicodedata.normalize("NFC", "crème"))


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            "# One\n\n*two* **three** ~~four~~",
            "<h1>One</h1>\n<p><em>two</em> <strong>three</strong> <s>four</s></p>\n",
        ),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. c", '<ol start="3">\n<li>c</li>\n</ol>\n'),
        ("`a<b`", "<p><code>a&lt;b</code></p>\n"),
        ("```python\nx\n```", '<pre><code class="language-python">x\n</code></pre>\n'),
        (
            "[a](https://example.org 'T')",
            '<p><a href="https://example.org" title="T" rel="noopener noreferrer nofollow">a</a></p>\n',
        ),
        (
            "![cat](https://example.org/c.png)",
            '<p><a href="https://example.org/c.png" rel="noopener noreferrer nofollow">cat</a></p>\n',
        ),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("![x](data:text/html,y)", "<p>![x](data:text/html,y)</p>\n"),
        ("<https://example.org>", None),
        (
            "| a |\n|:-:|\n| 1 |",
            '<table>\n<thead>\n<tr>\n<th style="text-align:center">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td style="text-align:center">1</td>\n</tr>\n</tbody>\n</table>\n',
        ),
    ],
)
def test_markdown_becomes_safe_html(source: str, html: str | None) -> None:
    if html is None:
        html = '<p><a href="https://example.org" rel="noopener noreferrer nofollow">https://example.org</a></p>\n'
    assert service.to_html(source) == html


ATTACKS = (
    "<img src=x onerror=alert(1)> [a](vbscript:x) [b](JaVaScRiPt:x) [c](data:text/html;base64,x) <svg onload=x>"
    ' [d](&#106;avascript:x) ![e](javascript:x "y") <a href="javascript:x">z</a> [f](//example.org/x)'
    " ```language-x onload=y\n```\n[g]: javascript:x\n[g] <style>*{}</style> <iframe src=//x> `<b>` &lt;script&gt;"
)


@given(
    st.lists(
        st.sampled_from([*ATTACKS.split(" "), "\n", "\n\n", "  ", '"', "'", ">", "*", "_", "|", "|-|"]),
        max_size=30,
    )
)
def test_nothing_active_comes_through(pieces: list[str]) -> None:
    from html.parser import HTMLParser

    seen: list[tuple[str, str, str | None]] = []

    class Collect(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.extend((tag, name, value) for name, value in attrs or [("", "")])

    Collect().feed(service.to_html(" ".join(pieces)))
    for tag, name, value in seen:
        assert tag not in {"script", "style", "iframe", "svg", "img", "object", "form", "input"}
        assert not name.startswith("on")
        if name == "href":
            assert (value or "").split(":")[0].lower() in {"https", "http", "mailto"} or ":" not in (
                value or ""
            )
