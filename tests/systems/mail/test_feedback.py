"""Bounces and complaints: what suppresses whom, and the reports of real mail servers read right."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from backstay.kernel.clock import ManualClock
from backstay.systems.mail import MailState
from backstay.systems.mail.commands import mail
from backstay.systems.mail.contracts import FeedbackKind
from backstay.systems.mail.errors import MailDeferred, NotAReport
from backstay.systems.mail.service import feedback_of
from tests.conftest import make_actor
from tests.systems.mail.conftest import MODULES, Post, url
from tests.systems.mail.servers import Inbox

# RFC 3464, appendix E.1 in shape: what Postfix writes for a user it does not know.
DSN = """\
From: MAILER-DAEMON@mx.example.test (Mail Delivery System)
To: shop@shop.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test
Arrival-Date: Thu, 1 Jan 2026 00:00:00 +0000

Final-Recipient: rfc822; bob@example.test
Original-Recipient: rfc822;bob@example.test
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.test
Diagnostic-Code: smtp; 550 5.1.1 <bob@example.test>: Recipient address rejected:
    User unknown

--b1
Content-Type: {original}

Message-ID: {message_id}
From: shop@shop.example
To: bob@example.test
Subject: Your order, Ada

--b1--
"""

# RFC 5965, appendix B.2 in shape.
ARF = """\
From: <abusedesk@example.test>
To: <abuse@shop.example>
Subject: FW: Your order
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.

--b1
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <shop@shop.example>
{recipient}Source-IP: 192.0.2.1

--b1
Content-Type: message/rfc822
Content-Disposition: inline

Message-ID: {message_id}
From: shop@shop.example
To: Bob <bob@example.test>
Subject: Your order, Ada

Hello
--b1--
"""


def _dsn(
    message_id: str, action: str = "failed", status: str = "5.1.1", original: str = "text/rfc822-headers"
) -> bytes:
    text = DSN.format(message_id=message_id, action=action, status=status, original=original)
    return text.replace("\n", "\r\n").encode()


def _arf(message_id: str, kind: str = "abuse", recipient: str = "") -> bytes:
    return ARF.format(message_id=message_id, kind=kind, recipient=recipient).replace("\n", "\r\n").encode()


async def _hand_in(post: Post, raw: bytes, who: Any = None) -> httpx.Response:
    headers = {**post.house.signed_in(who or post.actor), "content-type": "message/rfc822"}
    return await post.house.client.post("/v1/mail/feedback/message", content=raw, headers=headers)


async def _suppressed(post: Post) -> list[tuple[str, str, str]]:
    entries = (await post("GET", "/suppressions"))["items"]
    return [(entry["address"], entry["category"], entry["reason"]) for entry in entries]


@pytest.mark.parametrize("original", ["text/rfc822-headers", "message/rfc822"])
async def test_a_servers_report_suppresses_and_is_in_the_ledger(post: Post, original: str) -> None:
    receipt = await post.send()
    await post.deliver(receipt.id)
    answer = await _hand_in(post, _dsn(f"<{receipt.id}@shop.example>", original=original))
    assert answer.json() == {
        "accepted": 1,
        "suppressed": ["bob@example.test"],
        "matched": [str(receipt.id)],
    }
    message = await post("GET", f"/messages/{receipt.id}")
    assert message["state"] == "bounced"
    assert message["ledger"][-1]["detail"] == (
        "hard_bounce 5.1.1 smtp; 550 5.1.1 <bob@example.test>: Recipient address rejected: User unknown"
    )
    assert await _suppressed(post) == [("bob@example.test", "", "bounce")]
    assert (await post.send()).state is MailState.SUPPRESSED


@pytest.mark.parametrize("recipient", ["", "Original-Rcpt-To: <bob@example.test>\n"])
async def test_a_complaint_suppresses_at_once(post: Post, recipient: str) -> None:
    receipt = await post.send()
    await post.deliver(receipt.id)
    answer = await _hand_in(post, _arf(f"<{receipt.id}@shop.example>", recipient=recipient))
    assert answer.json()["suppressed"] == ["bob@example.test"]
    assert await post.state(receipt.id) == "complained"
    assert await _suppressed(post) == [("bob@example.test", "", "complaint")]
    # It is the last word.
    await post(
        "POST",
        "/feedback",
        {"kind": "delivered", "address": "bob@example.test", "message_id": str(receipt.id)},
    )
    assert await post.state(receipt.id) == "complained"


async def test_a_report_that_names_no_mail_of_ours_suppresses_nobody(post: Post) -> None:
    """Anybody can write to the mailbox that bounces go to, and so try to shut somebody's mail off."""
    others = make_actor("mallory")
    receipt = await post.send()
    for raw in (_dsn("<made-up@shop.example>"), _arf("<made-up@shop.example>")):
        answer = await _hand_in(post, raw)
        assert answer.json() == {"accepted": 1, "suppressed": [], "matched": []}
    # Our mail, but to somebody else; and another organization's mail.
    elsewhere = _dsn(f"<{receipt.id}@shop.example>").replace(b"bob@", b"carol@")
    assert (await _hand_in(post, elsewhere)).json()["suppressed"] == []
    assert (await _hand_in(post, _dsn(f"<{receipt.id}@shop.example>"), others)).json()["suppressed"] == []
    assert await _suppressed(post) == []


@pytest.mark.parametrize(
    ("action", "status", "kinds"),
    [
        ("failed", "5.1.1", [FeedbackKind.HARD_BOUNCE]),
        ("failed", "4.4.7", [FeedbackKind.SOFT_BOUNCE]),
        ("failed", "5.2.2", [FeedbackKind.SOFT_BOUNCE]),
        ("delivered", "2.0.0", [FeedbackKind.DELIVERED]),
        ("delayed", "4.4.1", []),
        ("nonsense", "5.0.0", []),
    ],
)
def test_what_a_delivery_report_says(action: str, status: str, kinds: list[FeedbackKind]) -> None:
    found = feedback_of(_dsn("<x@y>", action, status))
    assert [(report.kind, report.address, report.status) for report in found] == [
        (kind, "bob@example.test", status) for kind in kinds
    ]


def test_a_report_that_it_is_no_spam_is_no_complaint() -> None:
    assert feedback_of(_arf("<x@y>", kind="not-spam")) == []


@pytest.mark.parametrize(
    "raw", [b"", b"From: a@b\r\n\r\nhello", b"\x00\xff" * 50, _dsn("x").replace(b"delivery-status", b"plain")]
)
async def test_what_is_no_report_is_refused(post: Post, raw: bytes) -> None:
    with pytest.raises(NotAReport):
        feedback_of(raw)
    answer = await _hand_in(post, raw)
    assert (answer.status_code, answer.json()["code"]) == (400, "not_a_mail_report")


async def test_soft_bounces_suppress_by_count_within_days(open_post: Any, clock: ManualClock) -> None:
    post: Post = await open_post(
        "console:", BACKSTAY_MAIL_SOFT_BOUNCES="3", BACKSTAY_MAIL_SOFT_BOUNCE_DAYS="10"
    )
    soft = {"kind": "soft_bounce", "address": "Bob@example.test", "status": "4.2.2"}
    for _ in range(2):
        assert (await post("POST", "/feedback", soft))["suppressed"] == []
    clock.move(timedelta(days=11))
    for _ in range(2):
        assert (await post("POST", "/feedback", soft))["suppressed"] == []
    assert (await post("POST", "/feedback", soft))["suppressed"] == ["bob@example.test"]
    assert await _suppressed(post) == [("bob@example.test", "", "bounce")]


async def test_a_report_settles_an_unknown_mail(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox), BACKSTAY_MAIL_DATA_TIMEOUT="0.2s")
    receipt = await post.send()
    inbox.silent.add("DATA")
    with pytest.raises(MailDeferred):
        await post.deliver(receipt.id)
    report = {
        "kind": "delivered",
        "address": "bob@example.test",
        "message_id": f"<{receipt.id}@shop.example>",
    }
    assert (await post("POST", "/feedback", report))["matched"] == [str(receipt.id)]
    # It is not handed over a second time.
    assert await post.deliver(receipt.id) is MailState.DELIVERED
    assert len(inbox.mails) == 1


async def test_the_list_is_edited_by_hand(post: Post) -> None:
    entry = await post("POST", "/suppressions", {"address": "Bob@BÜCHER.example", "detail": "asked by phone"})
    assert (entry["address"], entry["reason"]) == ("bob@xn--bcher-kva.example", "manual")
    again = await post("POST", "/suppressions", {"address": "bob@bücher.example", "detail": "once more"})
    assert again == entry
    blocked = await post.send(to="bob@bücher.example")
    assert blocked.state is MailState.SUPPRESSED
    found = await post("GET", "/suppressions?address=bob@xn--bcher-kva.example&reason=manual")
    assert [one["id"] for one in found["items"]] == [entry["id"]]
    await post("DELETE", f"/suppressions/{entry['id']}")
    assert (await post.send(to="bob@bücher.example")).state is MailState.QUEUED
    gone = await post.house(post.actor, "DELETE", f"/v1/mail/suppressions/{entry['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_suppression")
    # What was held back can be sent after all, under the same Message-ID.
    retried = await post("POST", f"/messages/{blocked.id}/retry")
    assert retried["state"] == "deferred"
    assert await post.deliver(blocked.id) is MailState.SENT
    twice = await post.house(post.actor, "POST", f"/v1/mail/messages/{blocked.id}/retry")
    assert (twice.status_code, twice.json()["code"]) == (409, "mail_not_retryable")


async def test_the_command_takes_reports_for_any_organization(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await post.send()
    await post.deliver(receipt.id)
    database = post.house.backend.settings.database.url

    def run(raw: bytes) -> Any:
        monkeypatch.setenv("DATABASE_URL", database)
        return CliRunner().invoke(mail, ["report"], input=raw, obj=lambda: MODULES)

    forged = await asyncio.to_thread(run, _dsn("<made-up@shop.example>"))
    assert (forged.exit_code, forged.stdout) == (
        0,
        "0 report(s), 0 about mails of ours, 0 address(es) suppressed\n",
    )
    bounced = await asyncio.to_thread(run, _dsn(f"<{receipt.id}@shop.example>"))
    assert (bounced.exit_code, bounced.stdout) == (
        0,
        "1 report(s), 1 about mails of ours, 1 address(es) suppressed\n",
    )
    assert await post.state(receipt.id) == "bounced"
    assert await _suppressed(post) == [("bob@example.test", "", "bounce")]
    nonsense = await asyncio.to_thread(run, b"From: a@b\r\n\r\nhello")
    assert nonsense.exit_code == 65
