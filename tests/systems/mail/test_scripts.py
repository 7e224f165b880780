"""Addresses in other scripts, where providers do not take them (SMTPUTF8, RFC 6531)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from backstay.systems.mail import Address, MailState
from backstay.systems.mail.errors import MailDeferred
from tests.systems.mail.conftest import Post, name, url
from tests.systems.mail.servers import Inbox, smtp_server

JOERG = "jörg@example.test"


@pytest.fixture
async def plain() -> AsyncIterator[Inbox]:
    """A server that takes ASCII alone."""
    async with smtp_server(smtputf8=False) as opened:
        yield opened


async def test_the_next_provider_that_can_takes_it(open_post: Any, plain: Inbox, inbox: Inbox) -> None:
    post: Post = await open_post(f"{url(plain)},{url(inbox)}")
    receipt = await post.send(to=JOERG)
    assert await post.deliver(receipt.id) is MailState.SENT
    assert (len(plain.mails), inbox.mails[0].rcpt_tos) == (0, [JOERG])
    assert await post.ledger(receipt.id) == [
        ("queued", None, None),
        ("handing", name(plain), None),
        ("unfit", name(plain), None),
        ("handing", name(inbox), None),
        ("sent", name(inbox), 250),
    ]


async def test_where_none_can_it_fails_at_once_and_says_why(open_post: Any, plain: Inbox) -> None:
    async with smtp_server(smtputf8=False) as second:
        post: Post = await open_post(f"{url(plain)},{url(second)}")
        receipt = await post.send(to=JOERG)
        assert await post.deliver(receipt.id) is MailState.FAILED
        ledger = (await post("GET", f"/messages/{receipt.id}"))["ledger"]
        assert [(step["kind"], step["provider"]) for step in ledger[-3:]] == [
            ("handing", name(second)),
            ("unfit", name(second)),
            ("failed", name(second)),
        ]
        assert [step["detail"] for step in ledger[-2:]] == [
            "this server takes no addresses in other scripts (SMTPUTF8)",
            "given up: no provider can take such a mail",
        ]
        # The connection is still good for others.
        other = await post.send()
        assert await post.deliver(other.id) is MailState.SENT
        assert len(plain.mails) == 1


async def test_while_one_that_may_can_is_away_it_waits(open_post: Any, plain: Inbox, inbox: Inbox) -> None:
    post: Post = await open_post(f"{url(inbox)},{url(plain)}")
    inbox.answers["MAIL"] = ["451 busy"]
    receipt = await post.send(to=JOERG)
    with pytest.raises(MailDeferred):
        await post.deliver(receipt.id)
    assert await post.state(receipt.id) == "deferred"
    assert await post.deliver(receipt.id) is MailState.SENT
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("more", [{"sender": Address("größe@shop.example")}, {"reply_to": JOERG}])
async def test_an_address_in_a_header_needs_it_too(
    open_post: Any, plain: Inbox, inbox: Inbox, more: dict[str, Any]
) -> None:
    post: Post = await open_post(f"{url(plain)},{url(inbox)}")
    receipt = await post.send(**more)
    assert await post.deliver(receipt.id) is MailState.SENT
    assert (len(plain.mails), "SMTPUTF8" in inbox.mails[0].mail_options) == (0, True)
