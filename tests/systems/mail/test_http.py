"""The mail system over HTTP: lists, one mail, previews that can do nothing, templates."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.mail import Attachment
from backstay.systems.mail.service import prune
from tests.conftest import make_actor
from tests.systems.mail.conftest import NEWS, Post

PNG = b"\x89PNG\r\n\x1a\n"


async def test_the_outbox_is_listed_and_filtered(post: Post, clock: ManualClock) -> None:
    first = await post.send(to="Bob@example.test")
    await post.deliver(first.id)
    clock.move(timedelta(minutes=1))
    second = await post.send(NEWS, to="carol@example.test")
    page = await post("GET", "/messages")
    assert [item["id"] for item in page["items"]] == [str(second.id), str(first.id)]
    assert page["items"][1] == {
        "id": str(first.id),
        "template": "shop.receipt",
        "category": "transactional",
        "to_address": "Bob@example.test",
        "to_name": "",
        "subject": "Your order, Ada",
        "state": "sent",
        "provider": "console",
        "attempts": 1,
        "created_at": "2026-01-01T00:00:00Z",
        "sent_at": "2026-01-01T00:00:00Z",
    }
    for query, expected in {
        "state=sent": first,
        "state=queued": second,
        "template=shop.news": second,
        "category=newsletter": second,
        "to=bob@example.test": first,
        "since=2026-01-01T00:00:30Z": second,
        "before=2026-01-01T00:00:30Z": first,
    }.items():
        found = await post("GET", f"/messages?{query}")
        assert [item["id"] for item in found["items"]] == [str(expected.id)], query
    wrong = await post.house(post.actor, "GET", "/v1/mail/messages?state=lost")
    assert wrong.status_code == 422


async def test_html_is_shown_confined(post: Post) -> None:
    receipt = await post.send(
        attachments=[Attachment(filename="a.png", content_type="image/png", content=PNG, content_id="logo")]
    )
    for path in (f"/messages/{receipt.id}/html", "/templates/shop.receipt/html"):
        page = await post.house(post.actor, "GET", f"/v1/mail{path}")
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        policies = page.headers.get_list("content-security-policy")
        assert policies[0].startswith("sandbox; default-src 'none'; ")
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "Hello Ada" in page.text


async def test_inline_images_are_in_the_preview() -> None:
    from backstay.systems.mail.queries.messages import File
    from backstay.systems.mail.service.reading import with_images

    files = [
        File("a.png", "image/png", "logo", PNG),
        File("b.html", "text/html", "page", b"<script>"),
    ]
    html = with_images('<img src="cid:logo"><img src="cid:page"><img src="cid:none">', files)
    data = b64encode(PNG).decode()
    assert html == f'<img src="data:image/png;base64,{data}"><img src="cid:page"><img src="cid:none">'


async def test_templates_are_listed_and_shown(post: Post) -> None:
    listed = {one["name"]: one for one in await post("GET", "/templates")}
    assert list(listed) == ["mail.test", "shop.news", "shop.receipt"]
    assert listed["shop.receipt"] == {
        "name": "shop.receipt",
        "module": "shop",
        "category": "transactional",
        "description": "What somebody bought.",
        "variables": ["name", "lines", "link"],
        "own_words": False,
    }
    shown = await post("GET", "/templates/shop.receipt")
    assert (shown["subject"], "A lamp" in shown["html"]) == ("Your order, Ada", True)
    assert shown["text"] == ("Hello Ada\n\n- A lamp\n- A rope\n\nhttps://shop.example/orders/1?a=1&b=2\n")
    missing = await post.house(post.actor, "GET", "/v1/mail/templates/shop.nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_mail_template")


async def test_a_test_mail_goes_to_whom_one_says(post: Post) -> None:
    made = await post("POST", "/messages/test", {"template": "mail.test", "to": "ops@example.test"})
    message = await post("GET", f"/messages/{made['id']}")
    assert (message["to"]["email"], message["subject"]) == ("ops@example.test", "A test mail from backstay")
    for to, answer in {"a@b c": (422, "invalid"), "a@-b": (400, "bad_mail_address")}.items():
        wrong = await post.house(
            post.actor, "POST", "/v1/mail/messages/test", {"template": "mail.test", "to": to}
        )
        assert (wrong.status_code, wrong.json()["code"]) == answer
        assert wrong.json()["errors"][0]["pointer"] == "/to"


async def test_old_mails_go_and_suppressions_stay(post: Post, clock: ManualClock) -> None:
    old = await post.send(attachments=[Attachment(filename="a", content_type="text/plain", content=b"x")])
    await post("POST", "/suppressions", {"address": "eve@example.test"})
    clock.move(timedelta(days=31))
    new = await post.send()
    assert await prune(post.database, days=30) == 1
    assert [item["id"] for item in (await post("GET", "/messages"))["items"]] == [str(new.id)]
    assert (await post.house(post.actor, "GET", f"/v1/mail/messages/{old.id}")).status_code == 404
    assert len((await post("GET", "/suppressions"))["items"]) == 1
    assert await prune(post.database, days=30) == 0


@pytest.mark.parametrize("path", ["", "/html", "/source"])
async def test_another_organizations_mail_is_not_there(post: Post, path: str) -> None:
    receipt = await post.send()
    answer = await post.house(make_actor("mallory"), "GET", f"/v1/mail/messages/{receipt.id}{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_mail")


async def test_the_card_counts(post: Post) -> None:
    from backstay.systems.mail.module import card

    await post.send()
    shown: Any = await card(post.house.backend.reader(post.actor))
    assert (shown.value, shown.label) == ("1", "mails kept")
