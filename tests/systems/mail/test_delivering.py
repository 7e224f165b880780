"""Handing over: what each answer of a provider leads to, and that nobody guesses."""

from __future__ import annotations

import email
from email import policy
from random import Random
from typing import Any

import pytest

from backstay.proving.proxy import TcpProxy
from backstay.systems.mail import MailState
from backstay.systems.mail.errors import MailDeferred
from tests.systems.mail.conftest import Post, name, url
from tests.systems.mail.servers import Inbox, smtp_server


async def test_a_mail_is_handed_over_once_and_says_so(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send(to="bob@example.test")
    assert (receipt.created, receipt.state) == (True, MailState.QUEUED)
    assert await post.deliver(receipt.id) is MailState.SENT
    (sent,) = inbox.mails
    assert (sent.mail_from, sent.rcpt_tos) == ("shop@shop.example", ["bob@example.test"])
    message = email.message_from_bytes(inbox.raw(), policy=policy.default)
    assert message["Message-ID"] == f"<{receipt.id}@shop.example>"
    assert message["From"] == "The shop <shop@shop.example>"
    assert message["Subject"] == "Your order, Ada"
    assert "List-Unsubscribe" not in message
    kept = await post("GET", f"/messages/{receipt.id}")
    assert (kept["state"], kept["provider"], kept["attempts"]) == ("sent", name(inbox), 1)
    assert await post.ledger(receipt.id) == [
        ("queued", None, None),
        ("handing", name(inbox), None),
        ("sent", name(inbox), 250),
    ]
    assert kept["ledger"][2]["detail"] == "kept as 1"
    # Its job may run again for many reasons; the mail does not.
    assert await post.deliver(receipt.id) is MailState.SENT
    assert len(inbox.mails) == 1


async def test_the_console_keeps_mails_and_sends_nothing(post: Post) -> None:
    receipt = await post.send()
    assert await post.deliver(receipt.id) is MailState.SENT
    assert await post.ledger(receipt.id) == [
        ("queued", None, None),
        ("handing", "console", None),
        ("sent", "console", None),
    ]


@pytest.mark.parametrize(
    ("stage", "reply", "code"),
    [
        ("MAIL", "451 busy", 451),
        ("RCPT", "450 greylisted", 450),
        ("DATA", "452 disk full", 452),
    ],
)
async def test_not_now_is_tried_again(
    open_post: Any, inbox: Inbox, stage: str, reply: str, code: int
) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send()
    inbox.answers[stage] = [reply]
    with pytest.raises(MailDeferred, match=reply[4:]):
        await post.deliver(receipt.id)
    assert await post.state(receipt.id) == "deferred"
    assert inbox.mails == []
    assert await post.deliver(receipt.id) is MailState.SENT
    assert await post.ledger(receipt.id) == [
        ("queued", None, None),
        ("handing", name(inbox), None),
        ("temporary", name(inbox), code),
        ("handing", name(inbox), None),
        ("sent", name(inbox), 250),
    ]


async def test_the_last_attempt_gives_up(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send()
    inbox.answers["RCPT"] = ["450 greylisted"]
    assert await post.deliver(receipt.id, last=True) is MailState.FAILED
    assert (await post.ledger(receipt.id))[-2:] == [
        ("temporary", name(inbox), 450),
        ("failed", name(inbox), None),
    ]


@pytest.mark.parametrize(("stage", "reply"), [("MAIL", "550 no"), ("RCPT", "550 no"), ("DATA", "554 no")])
async def test_never_is_not_tried_again_nor_elsewhere(
    open_post: Any, inbox: Inbox, stage: str, reply: str
) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second)}")
        receipt = await post.send()
        inbox.answers[stage] = [reply]
        assert await post.deliver(receipt.id) is MailState.FAILED
        assert (inbox.mails, second.mails) == ([], [])
        assert await post.deliver(receipt.id) is MailState.FAILED
        assert len(await post.ledger(receipt.id)) == 4


async def test_the_next_provider_takes_what_the_first_surely_does_not_have(
    open_post: Any, inbox: Inbox
) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second)}")
        receipt = await post.send()
        inbox.answers["DATA"] = ["451 try later"]
        assert await post.deliver(receipt.id) is MailState.SENT
        assert (len(inbox.mails), len(second.mails)) == (0, 1)
        assert await post.ledger(receipt.id) == [
            ("queued", None, None),
            ("handing", name(inbox), None),
            ("temporary", name(inbox), 451),
            ("handing", name(second), None),
            ("sent", name(second), 250),
        ]


async def test_an_answer_that_is_lost_after_data_is_unknown_and_stays_with_that_provider(
    open_post: Any, inbox: Inbox
) -> None:
    async with TcpProxy("127.0.0.1", inbox.port, Random(1)) as proxy, smtp_server() as second:
        through = f"127.0.0.1:{proxy.port}"
        post: Post = await open_post(f"smtp://{through},{url(second)}")
        receipt = await post.send()
        proxy.cut_at(b"\r\n.\r\n", deliver=True)
        with pytest.raises(MailDeferred, match="broke before the answer"):
            await post.deliver(receipt.id)
        # The first provider has it, we cannot know that, and nobody else was asked.
        assert (len(inbox.mails), len(second.mails)) == (1, 0)
        assert await post.state(receipt.id) == "unknown"
        assert await post.deliver(receipt.id) is MailState.SENT
        assert (len(inbox.mails), len(second.mails)) == (2, 0)
        ids = {email.message_from_bytes(inbox.raw(at))["Message-ID"] for at in (0, 1)}
        assert ids == {f"<{receipt.id}@shop.example>"}
        assert inbox.raw(0) == inbox.raw(1)
        assert await post.ledger(receipt.id) == [
            ("queued", None, None),
            ("handing", through, None),
            ("unknown", through, None),
            ("handing", through, None),
            ("sent", through, 250),
        ]


async def test_a_connection_that_breaks_before_data_is_no_riddle(open_post: Any, inbox: Inbox) -> None:
    async with TcpProxy("127.0.0.1", inbox.port, Random(1)) as proxy, smtp_server() as second:
        post: Post = await open_post(f"smtp://127.0.0.1:{proxy.port},{url(second)}")
        receipt = await post.send()
        proxy.cut_at(b"RCPT", deliver=True)
        assert await post.deliver(receipt.id) is MailState.SENT
        assert (len(inbox.mails), len(second.mails)) == (0, 1)


async def test_silence_after_data_is_unknown(open_post: Any, inbox: Inbox) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second)}", BACKSTAY_MAIL_DATA_TIMEOUT="0.2s")
        receipt = await post.send()
        inbox.silent.add("DATA")
        with pytest.raises(MailDeferred, match="no answer in time"):
            await post.deliver(receipt.id)
        assert (await post.state(receipt.id), len(second.mails)) == ("unknown", 0)
        # What fails at a second try, even for good, says nothing about the first.
        inbox.answers["RCPT"] = ["550 no such user"]
        assert await post.deliver(receipt.id) is MailState.UNKNOWN
        assert len(second.mails) == 0


async def test_an_unknown_mail_is_reconciled_by_hand(open_post: Any, inbox: Inbox) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second)}", BACKSTAY_MAIL_DATA_TIMEOUT="0.2s")
        has_it, has_not = await post.send(), await post.send()
        inbox.silent.add("DATA")
        for receipt in (has_it, has_not):
            with pytest.raises(MailDeferred):
                await post.deliver(receipt.id)
        settled = await post(
            "POST", f"/messages/{has_it.id}/reconcile", {"handed_over": True, "note": "in their log"}
        )
        assert settled["state"] == "sent"
        assert settled["ledger"][-1]["detail"] == "ada: the provider has it (in their log)"
        again = await post("POST", f"/messages/{has_not.id}/reconcile", {"handed_over": False})
        assert (again["state"], again["provider"]) == ("deferred", None)
        inbox.silent.clear()
        inbox.answers["RCPT"] = ["451 later"]
        assert await post.deliver(has_not.id) is MailState.SENT
        assert len(second.mails) == 1
        twice = await post.house(
            post.actor, "POST", f"/v1/mail/messages/{has_it.id}/reconcile", {"handed_over": True}
        )
        assert (twice.status_code, twice.json()["code"]) == (409, "mail_outcome_known")
