"""DKIM over what a server received, judged by dkimpy's own verification; and the unsubscribe headers under it."""

from __future__ import annotations

import email
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from backstay.kernel.settings import SettingsError
from backstay.systems.mail import Attachment, MailState
from tests.systems.mail.conftest import NEWS, RECEIPT, Post, url
from tests.systems.mail.servers import Inbox

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
RECORD = b"v=DKIM1; k=rsa; p=" + b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)
SETTINGS = {"BACKSTAY_MAIL_DKIM_DOMAIN": "shop.example", "BACKSTAY_MAIL_DKIM_SELECTOR": "s1"}


@pytest.fixture
def engine_name() -> str:
    """Nothing here is a matter of the database."""
    return "sqlite"


def _dns(name: bytes, timeout: float = 5) -> bytes | None:
    return RECORD if name == b"s1._domainkey.shop.example." else None


def _verified(raw: bytes) -> bool:
    return bool(dkim.verify(raw, dnsfunc=_dns))


@pytest.mark.parametrize("template", [RECEIPT, NEWS])
async def test_what_arrives_is_signed_with_its_links(open_post: Any, inbox: Inbox, template: Any) -> None:
    post: Post = await open_post(url(inbox), **SETTINGS, BACKSTAY_MAIL_DKIM_KEY=PEM)
    receipt = await post.send(
        template,
        to="jörg@bücher.example",
        attachments=[Attachment(filename="ä.txt", content_type="text/plain", content=b".\n..\nfrom\n")],
    )
    assert await post.deliver(receipt.id) is MailState.SENT
    raw = inbox.raw()
    assert _verified(raw)
    signature = str(email.message_from_bytes(raw)["DKIM-Signature"])
    found = re.search(r"\bh=([^;]+);", signature)
    assert found is not None
    signed = [name.strip() for name in "".join(found[1].split()).split(":")]
    links = {"list-unsubscribe", "list-unsubscribe-post"}
    assert (links <= set(signed)) is (template is NEWS)
    assert signed.count("from") == 2
    for forged in (
        raw.replace(b"One-Click", b"Two-Click"),
        raw.replace(b"\r\nSubject: ", b"\r\nSubject: Re: "),
        raw.replace(b"\r\nFrom: ", b"\r\nFrom: eve@shop.example\r\nFrom: "),
    ):
        assert forged == raw or not _verified(forged)


async def test_the_key_may_be_in_a_file(open_post: Any, inbox: Inbox, tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    file.write_text(PEM)
    post: Post = await open_post(url(inbox), **SETTINGS, BACKSTAY_MAIL_DKIM_KEY_FILE=str(file))
    await post.deliver((await post.send()).id)
    assert _verified(inbox.raw())


@pytest.mark.parametrize(
    "more", [{}, {"BACKSTAY_MAIL_DKIM_KEY": "nonsense"}, {"BACKSTAY_MAIL_DKIM_KEY_FILE": "/no/file"}]
)
async def test_a_key_that_signs_nothing_stops_the_start(open_post: Any, more: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"mail\.dkim_key") as caught:
        await open_post("console:", **SETTINGS, **more)
    assert "nonsense" not in str(caught.value)
