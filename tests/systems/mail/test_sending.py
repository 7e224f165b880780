"""Sending: in the commit or not at all, once a key, and nothing into a header that starts another."""

from __future__ import annotations

import asyncio
import email
from collections import Counter
from email import policy
from typing import Any

import pytest

from backstay.kernel.errors import Invalid
from backstay.kernel.ids import uuid7
from backstay.systems.mail import Address, Attachment, MailReceipt, MailState, send
from backstay.systems.mail.errors import BadAddress
from tests.systems.mail.conftest import NEWS, RECEIPT, Post, url
from tests.systems.mail.servers import Inbox
from tests.systems.mail.shop.module import ReceiptMail

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


async def _sent(post: Post, inbox: Inbox, **more: Any) -> email.message.EmailMessage:
    receipt = await post.send(**more)
    assert await post.deliver(receipt.id) is MailState.SENT
    message = email.message_from_bytes(inbox.raw(), policy=policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


async def test_a_rollback_leaves_nothing(post: Post) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"):
        async with post.database.transaction(post.actor) as uow:
            await send(uow, RECEIPT, to="bob@example.test")
            raise RuntimeError("changed my mind")
    assert (await post("GET", "/messages"))["items"] == []


async def test_of_a_thousand_sends_with_one_key_one_mail_remains(post: Post) -> None:
    async def one(number: int) -> MailReceipt:
        return await post.send(key="order-1", to=f"bob{number}@example.test")

    receipts = await asyncio.gather(*map(one, range(1000)))
    assert Counter(receipt.created for receipt in receipts) == {True: 1, False: 999}
    assert len({receipt.id for receipt in receipts}) == 1
    page = await post("GET", "/messages")
    assert len(page["items"]) == 1
    assert [step[0] for step in await post.ledger(receipts[0].id)] == ["queued"]


async def test_the_same_key_in_another_organization_is_another_mail(post: Post) -> None:
    from tests.conftest import make_actor

    first = await post.send(key="one")
    post.actor = make_actor("mallory")
    second = await post.send(key="one")
    assert (first.created, second.created, first.id == second.id) == (True, True, False)


async def test_all_parts_and_files_arrive(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    message = await _sent(
        post,
        inbox,
        template=ReceiptMail(
            name="Ærøskøbing & <b>", lines=["x" * 300, "déjà vu"], link="https://x.example/?a=1&b=2"
        ),
        to=Address("bob@example.test", 'Bob "the builder", Ltd. Ærø'),
        reply_to="help@shop.example",
        sender=Address("desk@shop.example", "Desk"),
        attachments=[
            Attachment(
                filename="rechnung ö.pdf", content_type="application/pdf", content=b"%PDF-1.7\n\x00\xff"
            ),
            Attachment(filename="logo.png", content_type="image/png", content=PNG, content_id="logo"),
        ],
    )
    assert message["Subject"] == "Your order, Ærøskøbing & <b>"
    (recipient,) = message["To"].addresses
    assert (recipient.display_name, recipient.addr_spec) == (
        'Bob "the builder", Ltd. Ærø',
        "bob@example.test",
    )
    assert (message["From"], message["Reply-To"]) == ("Desk <desk@shop.example>", "help@shop.example")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.isoformat() == "2026-01-01T00:00:00+00:00"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert f"- {'x' * 300}\n- déjà vu\n" in text.get_content().replace("\r\n", "\n")
    assert "Hello Ærøskøbing & <b>" in text.get_content().replace("\r\n", "\n")
    assert "Hello Ærøskøbing &amp; &lt;b&gt;" in html.get_content()
    assert 'href="https://x.example/?a=1&amp;b=2"' in html.get_content()
    found = {part.get_filename(): part for part in message.walk() if part.get_filename()}
    assert found["rechnung ö.pdf"].get_content() == b"%PDF-1.7\n\x00\xff"
    assert found["rechnung ö.pdf"].get_content_disposition() == "attachment"
    assert found["logo.png"].get_content() == PNG
    assert found["logo.png"]["Content-ID"] == "<logo>"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    # RFC 5322, 2.1.1; and no 8-bit bytes that a relay could recode under a signature.
    assert max(map(len, inbox.raw().split(b"\r\n"))) <= 78
    assert inbox.raw().isascii()


@pytest.mark.parametrize(
    ("given", "envelope", "smtputf8"),
    [
        ("bob@bücher.example", "bob@xn--bcher-kva.example", False),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example", True),
        ("用户@例子.example", "用户@xn--fsqu00a.example", True),
        ("Bob.O'Neil+tag@EXAMPLE.test", "Bob.O'Neil+tag@example.test", False),
    ],
    ids=["domain", "latin", "han", "ascii"],
)
async def test_addresses_of_other_scripts_arrive(
    open_post: Any, inbox: Inbox, given: str, envelope: str, smtputf8: bool
) -> None:
    post: Post = await open_post(url(inbox))
    message = await _sent(post, inbox, to=given)
    assert inbox.mails[0].rcpt_tos == [envelope]
    assert ("SMTPUTF8" in inbox.mails[0].mail_options) is smtputf8
    # Python reads a header in UTF-8 (RFC 6532) as bytes that it does not understand.
    arrived = message["To"].addresses[0].addr_spec.encode("utf-8", "surrogateescape").decode()
    assert arrived == envelope


@pytest.mark.parametrize(
    "wrong",
    [
        "nobody",
        "@example.test",
        "a@",
        "a b@example.test",
        "a@b@example.test",
        ".a@example.test",
        "a..b@example.test",
        "a@exa mple.test",
        "a@-x.test",
        "a@x..test",
        '"a b"@example.test',
        "bob@example.test\r\nBcc: eve@example.test",
        "bob@example.test, eve@example.test",
        "<bob@example.test>",
        f"{'a' * 65}@example.test",
        f"a@{'b' * 62}.{'c' * 62}.{'d' * 62}.{'e' * 62}.test",
    ],
)
async def test_what_is_no_address_is_refused(post: Post, wrong: str) -> None:
    with pytest.raises(BadAddress) as caught:
        await post.send(to=wrong)
    assert [error.pointer for error in caught.value.errors] == ["/to"]
    assert (await post("GET", "/messages"))["items"] == []


@pytest.mark.parametrize(
    "more",
    [
        {"to": Address("bob@example.test", "Bob\r\nBcc: eve@example.test")},
        {"to": Address("bob@example.test", "Bob\x00")},
        {"sender": Address("a@b.example", "x\ny")},
        {"reply_to": "a@b.example\nBcc: eve@example.test"},
        {"attachments": [Attachment(filename="a\r\nX: y", content_type="text/plain", content=b"")]},
        {"attachments": [Attachment(filename="a", content_type="text/plain\r\nX: y", content=b"")]},
        {"attachments": [Attachment(filename="a", content_type="nonsense", content=b"")]},
        {"attachments": [Attachment(filename="a", content_type="message/rfc822", content=b"")]},
        {"attachments": [Attachment(filename="a", content_type="image/png", content=b"", content_id="a>b")]},
        {"key": ""},
        {"key": "k" * 201},
    ],
)
async def test_nothing_starts_a_header_of_its_own(post: Post, more: dict[str, Any]) -> None:
    with pytest.raises((Invalid, BadAddress)):
        await post.send(**more)
    assert (await post("GET", "/messages"))["items"] == []


async def test_a_subject_stays_on_one_line(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    mail = ReceiptMail(name="Ada\r\nBcc: eve@example.test", lines=[], link="x")
    message = await _sent(post, inbox, template=mail)
    assert message["Subject"] == "Your order, Ada Bcc: eve@example.test"
    assert (message["Bcc"], inbox.mails[0].rcpt_tos) == (None, ["bob@example.test"])


async def test_attachments_are_bounded_together(open_post: Any) -> None:
    post: Post = await open_post("console:", BACKSTAY_MAIL_ATTACHMENTS_LIMIT="1kB")
    half = Attachment(filename="a", content_type="text/plain", content=b"x" * 501)
    await post.send(attachments=[half])
    with pytest.raises(Invalid) as caught:
        await post.send(attachments=[half, half])
    assert caught.value.errors[0].message == "weigh 1002 bytes together; at most 1000 go with a mail"


async def test_the_bytes_are_the_same_whenever_they_are_made(post: Post) -> None:
    receipt = await post.send(
        attachments=[Attachment(filename="a", content_type="text/plain", content=b"x" * 1000)]
    )
    path = f"/v1/mail/messages/{receipt.id}/source"
    first, second = [await post.house(post.actor, "GET", path) for _ in range(2)]
    assert first.headers["content-type"] == "message/rfc822"
    assert first.content == second.content
    assert first.content.startswith(f"Message-ID: <{receipt.id}@shop.example>\r\n".encode())


async def test_a_mail_that_nobody_declares_is_refused(post: Post) -> None:
    class StrayMail(ReceiptMail, frozen=True, kw_only=True):
        pass

    with pytest.raises(LookupError, match="declares the mail StrayMail"):
        await post.send(StrayMail.sample())


async def test_it_is_noted_on_the_work_that_sent_it(post: Post) -> None:
    made = await post("POST", "/messages/test", {"template": "shop.news", "to": "bob@example.test"})
    (moment,) = [moment for moment in post.house.records[-1].moments if moment.kind == "mail"]
    assert (moment.name, moment.detail) == ("shop.news", {"id": made["id"], "state": "queued"})


async def test_a_mail_that_is_gone_is_not_delivered(post: Post) -> None:
    assert await post.deliver(uuid7()) is None


async def test_a_category_comes_with_its_links(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    message = await _sent(post, inbox, template=NEWS)
    link = str(message["List-Unsubscribe"])
    assert link.startswith("<https://shop.example/v1/mail/unsubscribe/")
    assert link.endswith(">")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
