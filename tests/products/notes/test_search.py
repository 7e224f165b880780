"""Search: one language on both databases, safe whatever is typed."""

from __future__ import annotations

import random
import unicodedata
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, ListRequest
from backstay.kernel.ids import uuid7
from backstay.products.notes import NoteChanges, NoteSummary, service
from backstay.products.notes.queries.lists import Found
from backstay.products.notes.service.search import Marker, parse
from backstay.products.notes.service.text import excerpt_of
from backstay.products.notes.testing import make_note
from tests.conftest import make_actor

SHELF = {
    "Slow bread": "Flour, water and twelve hours.",
    "Quick cake": "Flour, sugar; the slow oven.",
    "Café crème": "A déjà-vu in the résumé.",
    "Don't panic": "E-mail to o'brien@example.org, 3.14 and C++, foo_bar.",
    "Пирог": "Мука и ВОДА.",
    "“Quoted”": "naïve—really… (twice) #tag /path/to",
}
FOUND: dict[str, set[str]] = {
    "flour": {"Slow bread", "Quick cake"},
    "FLOUR water": {"Slow bread"},
    "flour -water": {"Quick cake"},
    '"slow oven"': {"Quick cake"},
    '"oven slow"': set(),
    "slow": {"Slow bread", "Quick cake"},
    '-"slow oven" slow': {"Slow bread"},
    "water or sugar": {"Slow bread", "Quick cake"},
    "water OR oven sugar": {"Slow bread", "Quick cake"},
    "panic or flour -sugar": {"Slow bread", "Don't panic"},
    "-flour -мука -creme -panic": {"“Quoted”"},
    "bre": {"Slow bread"},
    "bre flour": set(),
    '"bre"': set(),
    "cafe": {"Café crème"},
    "CAFÉ": {"Café crème"},
    "deja": {"Café crème"},
    "déjà-vu": {"Café crème"},
    "resume": {"Café crème"},
    "don't": {"Don't panic"},
    "o'brien": {"Don't panic"},
    "brien@example.org": {"Don't panic"},
    "foo_bar": {"Don't panic"},
    "3.14": {"Don't panic"},
    "e-mail": {"Don't panic"},
    "вода": {"Пирог"},
    "пир": {"Пирог"},
    "quoted": {"“Quoted”"},
    "naive really": {"“Quoted”"},
    "#tag path/to": {"“Quoted”"},
    "title": set(),
    "owner": set(),
    "!!! ---": set(),
    '"': set(),
    '"flour': {"Slow bread", "Quick cake"},
    "or": set(),
    "flour or": {"Slow bread", "Quick cake"},
}


async def find(database: Database, actor: Actor, search: str, **request: Any) -> list[NoteSummary]:
    page = await service.list_notes(database.reader(actor), ListRequest(**request), search=search)
    return page.items


@pytest.mark.usefixtures("tables")
async def test_both_databases_understand_the_language_alike(database: Database, actor: Actor) -> None:
    for title, body in SHELF.items():
        await make_note(database, actor, title, body)
        await make_note(database, make_actor("eve", organization=actor.organization_id), title, body)
    seen = {search: {note.title for note in await find(database, actor, search)} for search in FOUND}
    assert seen == FOUND
    assert len(await find(database, actor, "  ")) == len(SHELF)


@pytest.mark.usefixtures("tables")
async def test_nothing_that_is_typed_is_an_error(database: Database, actor: Actor) -> None:
    for title, body in SHELF.items():
        await make_note(database, actor, title, body)
    rng = random.Random(20261121)
    pieces = [
        *"\"'-()*:^{}&|!<>\\%_~`$@#;,.?/[]=+ \t\n\x01",
        "or",
        "AND",
        "NOT",
        "NEAR",
        "flour",
        "bre",
        "café",
        "<->",
    ]
    pieces += [
        "title:",
        "owner:",
        "'a':*",
        "--",
        "/*",
        "\u0130",
        "ß",
        "ﬁ",
        "e\u0301",
        "한국어",
        "日本語",
        "😀",
        "\u202e",
        "\ufeff",
    ]
    reader = database.reader(actor)
    owners = set(SHELF)
    for n in range(10_000):
        if n % 2:
            text = "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 25)))
        else:
            codes = (
                rng.choice((rng.randrange(1, 0x250), rng.randrange(0x250, 0x11_0000))) for _ in range(12)
            )
            text = "".join(c for c in map(chr, codes) if unicodedata.category(c) != "Cs")
        page = await service.list_notes(reader, ListRequest(limit=10), search=text[:200])
        assert {note.title for note in page.items} <= owners, text


@pytest.mark.usefixtures("tables")
async def test_the_index_follows_every_change(database: Database, actor: Actor) -> None:
    note = await make_note(database, actor, "First title", "first body")
    await database.run(
        actor, lambda uow: service.change(uow, note.id, NoteChanges(title="Second", body="other"), version=1)
    )
    for search, found in {"first": 0, "title": 0, "body": 0, "second": 1, "other": 1}.items():
        assert len(await find(database, actor, search)) == found, search


@pytest.mark.usefixtures("tables")
async def test_the_best_comes_first(database: Database, actor: Actor) -> None:
    await make_note(database, actor, "Once in a long text", "bread " + "word " * 400)
    await make_note(database, actor, "Often in a short text", "bread and bread and bread")
    await make_note(database, actor, "Bread in the title", "nothing else")
    await make_note(database, actor, "Bread", "bread bread bread bread")
    ranked = [note.title for note in await find(database, actor, "bread")]
    assert ranked == ["Bread", "Bread in the title", "Often in a short text", "Once in a long text"]
    worst = [note.title for note in await find(database, actor, "bread", sort=("-rank",))]
    assert worst == ranked[::-1]


@pytest.mark.usefixtures("tables")
async def test_matches_are_marked_and_the_rest_is_escaped(database: Database, actor: Actor) -> None:
    body = (
        "<script>alert('flour')</script> & "
        + "filler " * 60
        + "the Flour & more flour-y things "
        + "end " * 80
    )
    await make_note(database, actor, "<b>Flour</b>", body)
    (note,) = await find(database, actor, "flour")
    assert note.highlight is not None
    assert note.highlight.title == "&lt;b&gt;<mark>Flour</mark>&lt;/b&gt;"
    assert note.highlight.snippet.startswith(
        "&lt;script&gt;alert(&#x27;<mark>flour</mark>&#x27;)&lt;/script&gt; &amp; filler"
    )
    (far,) = await find(database, actor, '"flour more"')
    assert far.highlight is not None
    assert far.highlight.title == "&lt;b&gt;Flour&lt;/b&gt;"
    ends = "end " * 39
    assert (
        far.highlight.snippet
        == f"…{'filler ' * 7}the <mark>Flour &amp; more</mark> flour-y things {ends.strip()}…"
    )


@pytest.mark.usefixtures("tables")
async def test_accents_and_prefixes_are_marked_as_they_are_written(database: Database, actor: Actor) -> None:
    await make_note(database, actor, "Le Café", "Des cafe\u0301s, un CAFETIER; décaféiné")
    (note,) = await find(database, actor, "cafe")
    assert note.highlight is not None
    assert note.highlight.title == "Le <mark>Café</mark>"
    assert note.highlight.snippet == "Des <mark>cafés</mark>, un <mark>CAFETIER</mark>; décaféiné"


@pytest.mark.usefixtures("tables")
async def test_a_match_in_the_title_alone_shows_the_beginning(database: Database, actor: Actor) -> None:
    await make_note(database, actor, "Bread", "*Soft* & <warm>")
    (note,) = await find(database, actor, "bread")
    assert note.highlight is not None
    assert note.highlight.snippet == "Soft &amp; &lt;warm&gt;"


@given(text=st.text(max_size=300), search=st.text(alphabet=st.sampled_from('ab é"-<&İß'), max_size=12))
def test_a_highlight_is_the_text_with_marks_and_nothing_else(text: str, search: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    excerpt = excerpt_of(text)
    row = Found(uuid7(), text, excerpt, [], False, moment, moment, None, 1, text)
    highlight = Marker(parse(search)).highlight(row)
    plain = highlight.title.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in plain
    assert unescape(plain) == unicodedata.normalize("NFC", text)
    assert "<" not in highlight.snippet.replace("<mark>", "").replace("</mark>", "")
    assert highlight.snippet.count("<mark>") == highlight.snippet.count("</mark>")
