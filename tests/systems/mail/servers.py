"""SMTP servers that we did not write (aiosmtpd), on this test's event loop, and what they were told."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


class Inbox:
    """An aiosmtpd handler that keeps mails and answers as the test tells it to."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.peers: list[Any] = []
        self.tls: list[bool] = []
        self.answers: dict[str, list[str]] = {}
        """By command (`MAIL`, `RCPT`, `DATA`): replies to give, one each time, before going back to normal."""
        self.silent: set[str] = set()
        """Commands that are never answered."""
        self.holds: list[asyncio.Event] = []
        """For each next mail, in order: what its answer waits for."""
        self.arrived = asyncio.Event()
        """A mail is here, answered or not."""
        self.port = 0

    def _said(self, command: str) -> str | None:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else None

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self._said("MAIL"):
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self._said("RCPT"):
            return said
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if said := self._said("DATA"):
            return said
        self.mails.append(envelope)
        self.peers.append(session.peer)
        transport: Any = server.transport
        self.tls.append(transport.get_extra_info("ssl_object") is not None)
        count = len(self.mails)
        self.arrived.set()
        if "DATA" in self.silent:
            await asyncio.Event().wait()
        if self.holds:
            await self.holds.pop(0).wait()
        return f"250 kept as {count}"

    def raw(self, number: int = -1) -> bytes:
        """A mail's bytes as they came."""
        content = self.mails[number].original_content
        assert content is not None
        return content


class User:
    """The one account that the server knows; an aiosmtpd authenticator."""

    def __call__(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", b"p@ss,word")
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def smtp_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    auth: bool = False,
    smtputf8: bool = True,
) -> AsyncIterator[Inbox]:
    """A server on a free port of 127.0.0.1."""
    inbox = Inbox()
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def make() -> SMTP:
        with warnings.catch_warnings():
            # It does not see that under implicit TLS passwords are safe.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            session = SMTP(
                inbox,
                loop=loop,
                hostname="mx.test",
                enable_SMTPUTF8=smtputf8,
                tls_context=starttls,
                require_starttls=starttls is not None,
                auth_required=auth,
                auth_require_tls=starttls is not None,
                authenticator=User() if auth else None,
            )
        sessions.append(session)
        return session

    server = await loop.create_server(make, "127.0.0.1", 0, ssl=tls)
    inbox.port = server.sockets[0].getsockname()[1]
    try:
        yield inbox
    finally:
        server.close()
        for session in sessions:
            task = session._handler_coroutine
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task])
            if isinstance(session.transport, asyncio.Transport):
                session.transport.abort()
        await asyncio.sleep(0)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for `localhost` and 127.0.0.1, and the file whose certificate vouches for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    return context, cert_file
