"""The SMTP transport against servers we did not write: TLS, accounts, and connections that are used again."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from backstay.systems.mail import MailState
from backstay.systems.mail.errors import MailDeferred
from tests.systems.mail.conftest import Post, url
from tests.systems.mail.servers import Inbox, certificate, smtp_server


@pytest.fixture
def engine_name() -> str:
    """Nothing here is a matter of the database."""
    return "sqlite"


async def _delivered(post: Post) -> MailState | None:
    return await post.deliver((await post.send()).id)


async def _words(post: Post) -> str:
    with pytest.raises(MailDeferred) as caught:
        await _delivered(post)
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["starttls", "implicit"])
async def test_tls_with_an_account(open_post: Any, tmp_path: Path, scheme: str) -> None:
    context, ca = certificate(tmp_path)
    kinds: dict[str, Any] = {"starttls": context} if scheme == "starttls" else {"tls": context}
    async with smtp_server(**kinds, auth=True) as inbox:
        query = f"?ca={ca}&tls=starttls" if scheme == "starttls" else f"?ca={ca}"
        protocol = "smtp" if scheme == "starttls" else "smtps"
        post: Post = await open_post(url(inbox, query, user="ada:p%40ss%2Cword@", scheme=protocol))
        assert await _delivered(post) is MailState.SENT
        assert inbox.tls == [True]
        assert "p@ss" not in repr(post.mailer.providers)


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(open_post: Any, tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    async with smtp_server(starttls=context) as inbox:
        post: Post = await open_post(url(inbox, "?tls=starttls"))
        assert "no connection" in await _words(post)
        assert inbox.mails == []


async def test_a_certificate_for_another_name_is_not_believed(open_post: Any, tmp_path: Path) -> None:
    context, ca = certificate(tmp_path)
    async with smtp_server(tls=context) as inbox:
        post: Post = await open_post(f"smtps://127.0.0.2:{inbox.port}?ca={ca}")
        assert "no connection" in await _words(post)
        assert inbox.mails == []


async def test_without_starttls_nothing_is_said_in_clear(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox, "?tls=starttls"))
    assert "no connection" in await _words(post)
    assert inbox.mails == []


async def test_a_wrong_password_is_the_providers_fault_not_the_mails(open_post: Any, tmp_path: Path) -> None:
    context, ca = certificate(tmp_path)
    async with smtp_server(tls=context, auth=True) as first, smtp_server() as second:
        wrong = url(first, f"?ca={ca}", user="ada:guess@", scheme="smtps")
        post: Post = await open_post(f"{wrong},{url(second)}")
        receipt = await post.send()
        assert await post.deliver(receipt.id) is MailState.SENT
        assert len(second.mails) == 1
        message = await post("GET", f"/messages/{receipt.id}")
        assert [(step["kind"], step["code"]) for step in message["ledger"]] == [
            ("queued", None),
            ("handing", None),
            ("temporary", 535),
            ("handing", None),
            ("sent", 250),
        ]
        assert "guess" not in str(message)


async def test_a_connection_is_used_again_and_replaced_when_it_died(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    for _ in range(3):
        assert await _delivered(post) is MailState.SENT
    assert len(set(inbox.peers)) == 1
    # A refusal leaves the connection fit for the next mail.
    inbox.answers["RCPT"] = ["550 no"]
    assert await _delivered(post) is MailState.FAILED
    assert await _delivered(post) is MailState.SENT
    assert len(set(inbox.peers)) == 1
    # The server says good-bye on the idle connection in the very moment that it is used: nobody notices.
    inbox.answers["MAIL"] = ["421 too long"]
    assert await _delivered(post) is MailState.SENT
    assert len(set(inbox.peers)) == 2
    # On the new connection as well, it is the server that does not work.
    inbox.answers["MAIL"] = ["421 too long", "421 going down"]
    assert "going down" in await _words(post)
    assert [one["state"] for one in await post("GET", "/providers")] == ["paused"]


async def test_the_backend_says_good_bye_at_its_end(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    assert await _delivered(post) is MailState.SENT
    transport: Any = post.mailer.transport(post.mailer.providers[0])
    (connection,) = transport._idle
    await post.mailer.close()
    assert (len(transport._idle), connection.client.is_connected) == (0, False)


async def test_tls_contexts_verify(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox, "?tls=starttls"))
    await _words(post)
    transport: Any = post.mailer.transport(post.mailer.providers[0])
    assert transport._context.verify_mode is ssl.CERT_REQUIRED
    assert transport._context.check_hostname is True
