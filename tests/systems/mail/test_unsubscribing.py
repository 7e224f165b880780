"""RFC 8058: the link works without cookies or login, again and again, and looking at it does nothing."""

from __future__ import annotations

import pytest

from backstay.systems.mail import MailState
from backstay.systems.mail.service.unsubscribing import Unsubscription, link_for
from tests.conftest import make_actor
from tests.systems.mail.conftest import NEWS, Post

ONE_CLICK = {"content-type": "application/x-www-form-urlencoded"}


def _path(post: Post, address: str = "bob@example.test") -> str:
    stands_for = Unsubscription(post.actor.organization_id, address, "newsletter")
    return link_for(post.mailer, stands_for).removeprefix("https://shop.example")


async def _link_of(post: Post, mail_id: object) -> str:
    source = await post.house(post.actor, "GET", f"/v1/mail/messages/{mail_id}/source")
    line = next(line for line in source.text.splitlines() if line.startswith("List-Unsubscribe: "))
    return line.removeprefix("List-Unsubscribe: <https://shop.example").removesuffix(">")


async def test_one_click_ends_the_category_and_nothing_else(post: Post) -> None:
    first = await post.send(NEWS, to="Bob@Example.test")
    path = await _link_of(post, first.id)
    for _ in range(3):
        answer = await post.house.client.post(path, content=b"List-Unsubscribe=One-Click", headers=ONE_CLICK)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "bob@example.test" in answer.text
    (entry,) = (await post("GET", "/suppressions"))["items"]
    assert (entry["address"], entry["category"], entry["reason"]) == (
        "bob@example.test",
        "newsletter",
        "unsubscribed",
    )
    # What was queued before is not handed over any more; what comes later is not even queued.
    assert await post.deliver(first.id) is MailState.SUPPRESSED
    later = await post.send(NEWS, to="bob@example.test")
    assert later.state is MailState.SUPPRESSED
    assert await post.ledger(later.id) == [("suppressed", None, None)]
    message = await post("GET", f"/messages/{later.id}")
    assert message["ledger"][0]["detail"] == (
        "bob@example.test gets no more of mails of the category newsletter since 2026-01-01: "
        "unsubscribed (one-click unsubscribe)"
    )
    assert message["job_id"] is None
    # The receipt for what Bob bought still comes.
    assert (await post.send(to="bob@example.test")).state is MailState.QUEUED


async def test_looking_at_the_link_does_nothing(post: Post) -> None:
    path = _path(post, "<b>@example.test")
    for _ in range(2):
        page = await post.house.client.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert '<form method="post">' in page.text
        assert "&lt;b&gt;@example.test" in page.text
        assert "<b>@" not in page.text
    assert (await post("GET", "/suppressions"))["items"] == []


async def test_the_organization_is_the_links_not_the_callers(post: Post) -> None:
    other = make_actor("mallory")
    answer = await post.house(other, "POST", _path(post))
    assert answer.status_code == 200
    assert len((await post("GET", "/suppressions"))["items"]) == 1
    assert (await post("GET", "/suppressions", who=other))["items"] == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_link_that_was_changed_leads_nowhere(post: Post, method: str) -> None:
    good = _path(post)
    for path in (
        good[:-2],
        f"{good[:30]}{'A' if good[30] != 'A' else 'B'}{good[31:]}",
        "/v1/mail/unsubscribe/x",
    ):
        answer = await post.house.client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_unsubscribe_link")
    assert (await post("GET", "/suppressions"))["items"] == []


async def test_the_link_reaches_no_log(post: Post) -> None:
    await post.house.client.post(_path(post))
    assert post.house.records[-1].path == "/v1/mail/unsubscribe/[token]"
