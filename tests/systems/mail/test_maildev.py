"""Against maildev, an SMTP server with a web inbox that nobody here wrote; read back by its own REST API."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backstay.systems.mail import Address, Attachment, MailState
from tests.systems.mail.conftest import NEWS, RECEIPT, Post
from tests.tools_env import executable

pytestmark = pytest.mark.needs("maildev")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(48))


@pytest.fixture
def engine_name() -> str:
    """Nothing here is a matter of the database."""
    return "sqlite"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def maildev() -> AsyncIterator[tuple[int, httpx.AsyncClient]]:
    """Its SMTP port, and a client of its REST API."""
    smtp, web = _free_port(), _free_port()
    account = ["--incoming-user", "ada", "--incoming-pass", "word"]
    process = await asyncio.create_subprocess_exec(
        *(str(executable("maildev")), "--ip", "127.0.0.1", "--smtp", str(smtp), "--web", str(web), *account),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    waited_for = {b"SMTP Server running", b"webapp running"}
    try:
        async with asyncio.timeout(30):
            while waited_for:
                line = await process.stdout.readline()
                assert line, "maildev ended before it listened"
                waited_for = {words for words in waited_for if words.lower() not in line.lower()}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{web}") as client:
            yield smtp, client
    finally:
        process.terminate()
        await process.communicate()


async def _arrived(web: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    """Its inbox once it holds so many; maildev answers DATA before it has read the mail to its end."""
    async with asyncio.timeout(10):
        while len(found := (await web.get("/email")).json()) < count:
            pass
    return list(found)


async def test_its_inbox_holds_what_was_sent(open_post: Any, maildev: tuple[int, httpx.AsyncClient]) -> None:
    port, web = maildev
    post: Post = await open_post(f"smtp://ada:word@127.0.0.1:{port}")
    receipt = await post.send(
        RECEIPT,
        to=Address("bob@bücher.example", "Bøb"),
        attachments=[
            Attachment(filename="ä.pdf", content_type="application/pdf", content=b"%PDF-1.7 \x00\xff"),
            Attachment(filename="logo.png", content_type="image/png", content=PNG, content_id="logo"),
        ],
    )
    news = await post.send(NEWS)
    for one in (receipt, news):
        assert await post.deliver(one.id) is MailState.SENT
    mails = {mail["messageId"]: mail for mail in await _arrived(web, 2)}
    assert set(mails) == {f"{one.id}@shop.example" for one in (receipt, news)}
    mail = mails[f"{receipt.id}@shop.example"]
    assert mail["subject"] == "Your order, Ada"
    assert mail["from"] == [{"address": "shop@shop.example", "name": "The shop"}]
    assert mail["to"] == [{"address": "bob@xn--bcher-kva.example", "name": "Bøb"}]
    assert mail["envelope"]["to"][0]["address"] == "bob@bücher.example"  # as it shows what it was told
    assert "- A lamp\n- A rope" in mail["text"]
    assert "https://shop.example/orders/1?a=1&amp;b=2" in mail["html"]
    found = {one["fileName"]: one for one in mail["attachments"]}
    assert set(found) == {"ä.pdf", "logo.png"}
    assert found["logo.png"]["contentId"] == "logo"
    pdf = await web.get(f"/email/{mail['id']}/attachment/{found['ä.pdf']['generatedFileName']}")
    assert pdf.content == b"%PDF-1.7 \x00\xff"
    headers = mails[f"{news.id}@shop.example"]["headers"]
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert headers["list-unsubscribe"].startswith("<https://shop.example/v1/mail/unsubscribe/")


async def test_it_knows_a_wrong_password(open_post: Any, maildev: tuple[int, httpx.AsyncClient]) -> None:
    port, web = maildev
    post: Post = await open_post(f"smtp://ada:guess@127.0.0.1:{port}")
    receipt = await post.send()
    assert await post.deliver(receipt.id, last=True) is MailState.FAILED
    assert (await post.ledger(receipt.id))[2] == ("temporary", f"127.0.0.1:{port}", 535)
    assert (await web.get("/email")).json() == []
