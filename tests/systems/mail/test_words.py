"""What templates say in an organization: its own words, judged before they are kept."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from backstay.kernel.actor import Actor
from backstay.systems.mail.queries import words as queries
from backstay.systems.mail.service.mjml import DEPTH, depth_of, html_of
from tests.conftest import make_actor
from tests.systems.mail.conftest import Post

TEXT = "Ahoy {{ name }}\n\n{% for line in lines %}* {{ line|upper }}\n{% endfor %}\n"
MJML = (
    '{% extends "mail/layout.mjml" %}{% block content %}'
    "<mj-text>Ahoy {{ name }}</mj-text>{% for line in lines %}<mj-text>{{ line }}</mj-text>{% endfor %}"
    "{% endblock %}"
)
OWN = {"subject": "Ahoy {{ name }}", "text": TEXT, "mjml": MJML}
WORDS = "/v1/mail/templates/shop.receipt/words"
PREVIEW = "/v1/mail/templates/shop.receipt/preview"


async def _put(post: Post, words: dict[str, str], version: int, who: Actor | None = None) -> Any:
    return await post.house(who or post.actor, "PUT", WORDS, words, if_match=f'"{version}"')


async def test_they_take_the_place_of_the_modules_until_they_are_removed(post: Post) -> None:
    module = await post("GET", "/templates/shop.receipt/words")
    assert (module["version"], module["subject"], module["changed_at"]) == (0, "Your order, {{ name }}", None)
    put = await _put(post, OWN, 0)
    assert (put.status_code, put.json()["version"], put.json()["subject"]) == (200, 1, "Ahoy {{ name }}")
    assert await post("GET", "/templates/shop.receipt/words") == put.json()
    shown = await post("GET", "/templates/shop.receipt")
    assert (shown["subject"], shown["own_words"]) == ("Ahoy Ada", True)
    assert shown["text"] == "Ahoy Ada\n\n* A LAMP\n* A ROPE\n"
    assert [one["own_words"] for one in await post("GET", "/templates")] == [False, False, True]
    receipt = await post.send()
    message = await post("GET", f"/messages/{receipt.id}")
    assert (message["subject"], message["text"]) == ("Ahoy Ada", shown["text"])
    assert message["ledger"][0]["detail"] == (
        "from template shop.receipt, in the organization's own words (version 1)"
    )
    for _ in range(2):
        await post("DELETE", "/templates/shop.receipt/words")
    assert await post("GET", "/templates/shop.receipt/words") == module
    receipt = await post.send()
    message = await post("GET", f"/messages/{receipt.id}")
    assert (message["subject"], message["ledger"][0]["detail"]) == (
        "Your order, Ada",
        "from template shop.receipt",
    )


async def test_they_are_the_organizations_alone(post: Post) -> None:
    await _put(post, OWN, 0)
    stranger = make_actor("eve")
    theirs = await post("GET", "/templates/shop.receipt/words", who=stranger)
    assert (theirs["version"], theirs["subject"]) == (0, "Your order, {{ name }}")
    assert (await _put(post, OWN | {"subject": "Theirs"}, 0, stranger)).status_code == 200
    await post("DELETE", "/templates/shop.receipt/words", who=stranger)
    assert (await post("GET", "/templates/shop.receipt"))["subject"] == "Ahoy Ada"


async def test_of_two_who_change_them_the_second_is_told(post: Post) -> None:
    assert (await _put(post, OWN, 0)).json()["version"] == 1
    for version in (0, 2):
        stale = await _put(post, OWN, version)
        assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (
            412,
            "stale_mail_words",
            1,
        )
    assert (await _put(post, OWN | {"subject": "Hoy"}, 1)).json()["version"] == 2
    unsaid = await post.house(post.actor, "PUT", WORDS, OWN)
    assert unsaid.status_code == 428


async def test_a_preview_keeps_nothing(post: Post) -> None:
    shown = await post("POST", "/templates/shop.receipt/preview", OWN)
    assert (shown["subject"], shown["own_words"], "A lamp" in shown["html"]) == ("Ahoy Ada", True, True)
    assert (await post("GET", "/templates/shop.receipt/words"))["version"] == 0


async def test_reading_is_not_rewording(post: Post) -> None:
    reader = make_actor("rob", permissions=("mail:read", "mail:send", "mail:operate"))
    assert (await _put(post, OWN, 0, reader)).status_code == 403
    assert (await post.house(reader, "POST", PREVIEW, OWN)).status_code == 403
    assert (await post.house(reader, "DELETE", WORDS)).status_code == 403
    assert (await post.house(reader, "GET", WORDS)).status_code == 200
    for method in ("GET", "PUT", "DELETE"):
        body = OWN if method == "PUT" else None
        lost = await post.house(
            post.actor, method, "/v1/mail/templates/shop.none/words", body, if_match='"0"'
        )
        assert (lost.status_code, lost.json()["code"]) == (404, "no_such_mail_template")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("{{ nobody }}", "uses 'nobody', which ReceiptMail does not have; it has: name, lines, link"),
        ("{{ name ", "unexpected end of template"),
        ("{{ name.__class__ }}", "line 1: '__class__' cannot be shown"),
        ("{{ name._x }}", "line 1: '_x' cannot be shown"),
        ("{{ name['__class__'] }}", "line 1: '__class__' cannot be shown"),
        ("{{ 9 ** 9 ** 9 }}", "line 1: `pow` cannot be used here"),
        ("{{ 'a' * 999999999 }}", "line 1: `mul` cannot be used here"),
        ("{{ name.upper() }}", "line 1: `call` cannot be used here"),
        ("{{ range(9) }}", "line 1: `call` cannot be used here"),
        ("{% set x = name ~ name %}", "line 1: `assign` cannot be used here"),
        ("{% macro m() %}{% endmacro %}", "line 1: `macro` cannot be used here"),
        ('{% include "mail/layout.mjml" %}', "line 1: `include` cannot be used here"),
        ('{% extends "mail/nothing.mjml" %}', "line 1: there is no template 'mail/nothing.mjml' to extend"),
        ("{% extends name %}", "line 1: `extends` cannot be used here"),
        ("{{ name|safe }}", "line 1: the filter 'safe' cannot be used here; there are: "),
        ("{{ name|center(999999999) }}", "line 1: the filter 'center' cannot be used here"),
        ("{{ lines|join(name) }}", "line 1: the filter 'join' takes plain values"),
        ("{{ lines|join('" + "x" * 101 + "') }}", "line 1: the filter 'join' takes plain values"),
        ("{{ name is callable }}", "line 1: the test 'callable' cannot be used here"),
        ("{% for a, b in lines %}{% endfor %}", "line 1: a loop gives each element one name"),
        ("{% for a in 'abc' %}{% endfor %}", "line 1: a loop walks through a variable"),
        ("{% for a in lines recursive %}{% endfor %}", "line 1: a loop gives each element one name"),
        (
            "{% for a in lines %}\n{% for b in lines %}{% endfor %}{% endfor %}",
            "line 2: a loop within a loop walks through what the outer one's element holds",
        ),
        (
            "".join(f"{{% for {b} in {a} %}}" for a, b in pairwise(["lines", *"abcd"])) + "{% endfor %}" * 4,
            "line 1: at most 3 loops can be in each other",
        ),
    ],
)
async def test_words_that_reach_or_take_too_much_are_refused(post: Post, words: str, fault: str) -> None:
    for part in ("subject", "text", "mjml"):
        answer = await post.house(post.actor, "POST", PREVIEW, OWN | {part: words})
        assert answer.status_code == 422, answer.text
        assert {error["pointer"] for error in answer.json()["errors"]} == {f"/{part}"}
        assert answer.json()["errors"][0]["message"].startswith(fault)


async def test_every_part_at_fault_is_named(post: Post) -> None:
    wrong = {"subject": "{{ a }}", "text": "{{ b }}", "mjml": "{{ c }}"}
    answer = await _put(post, wrong, 0)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/subject", "/text", "/mjml"]
    wrong = OWN | {"mjml": "<mjml><mj-body>"}
    answer = await _put(post, wrong, 0)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith(
        "cannot be rendered with the sample data: this is no MJML"
    )
    answer = await _put(post, {"subject": "", "text": "x" * 20_001, "mjml": ""}, 0)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/subject", "/text", "/mjml"]
    answer = await _put(post, OWN | {"subject": "{% if lines %}{% endif %}"}, 0)
    assert answer.json()["errors"] == [
        {"pointer": "/subject", "code": "format", "message": "says nothing with the sample data"}
    ]


async def test_variables_stay_escaped(post: Post) -> None:
    shown = await post("POST", "/templates/shop.receipt/preview", OWN)
    assert "a=1&amp;b=2" not in shown["html"]
    linked = OWN | {"mjml": MJML.replace("Ahoy {{ name }}", "{{ link }}")}
    shown = await post("POST", "/templates/shop.receipt/preview", linked)
    assert "a=1&amp;b=2" in shown["html"]


async def test_words_that_no_longer_fit_keep_no_mail_from_being_sent(post: Post) -> None:
    await _put(post, OWN, 0)
    # As if a newer module had renamed a variable.
    await post.database.run(
        post.actor,
        lambda uow: uow.execute(
            queries.CHANGE,
            template="shop.receipt",
            subject="{{ was_there }}",
            text="x",
            mjml="<mjml></mjml>",
            expected=1,
        ),
    )
    receipt = await post.send()
    message = await post("GET", f"/messages/{receipt.id}")
    assert message["subject"] == "Your order, Ada"
    assert message["ledger"][0]["detail"] == (
        "from template shop.receipt, in the module's words: the organization's own do not fit its data any more"
    )


def test_deep_nesting_is_refused_before_it_ends_the_process() -> None:
    def nested(depth: int) -> str:
        inside = "<b>" * depth + "x" + "</b>" * depth
        return f"<mjml><mj-body><mj-section><mj-column><mj-text>{inside}</mj-text></mj-column></mj-section></mj-body></mjml>"

    assert html_of(nested(DEPTH - 5)).count("<b>") == DEPTH - 5
    with pytest.raises(ValueError, match="nested too deeply"):
        html_of(nested(20_000))


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("a < b", 0),
        ("<a/><b/>", 1 - 1),
        ("<a><b></b><b></b></a>", 2),
        ("<a><!-- </a> --><a><![CDATA[</a>]]><a>", 3),
        ('<a t="</a>"><a t=\'>\'><a t="<">', 3),
        ("<a></b><a></b><a>", 3),
        ('<a t="', 1),
        ("<!-- <a>", 0),
    ],
)
def test_no_disguise_hides_the_depth(text: str, depth: int) -> None:
    assert depth_of(text) == depth
