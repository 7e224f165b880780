"""SMTP (RFC 5321) over a pool of connections.

The line that matters is the end of DATA. Before it the provider surely does not have the
mail; after it only the provider's answer tells. When that answer does not come the verdict
is `unknown`, never `temporary`, so that nobody hands the mail to another provider blindly.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from typing import Final

import aiosmtplib
from msgspec import Struct

from backstay.systems.mail.engines.transport import Envelope, Handover, Verdict

MAILS_PER_CONNECTION: Final = 100
"""Servers close sessions that go on too long; we end them first."""
_REPLY_LENGTH: Final = 500
_GOOD_BYE: Final = 421
"""The server closes the connection (RFC 5321, 3.8)."""
_BROKEN: Final = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError)


class SmtpOptions(Struct, frozen=True, kw_only=True):
    """How to reach one server."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: str
    """`none`, `starttls` or `implicit`."""
    ca: str | None
    connections: int
    timeout: float
    """Seconds for each step."""
    data_timeout: float
    """Seconds for the answer to the mail itself."""
    idle: float
    """Seconds that an unused connection is kept."""


class _Connection(Struct):
    client: aiosmtplib.SMTP
    mails: int
    """Handed over so far."""
    since: float
    """When it became idle."""


class SmtpTransport:
    """One SMTP server."""

    def __init__(self, options: SmtpOptions) -> None:
        """Connects when the first mail comes."""
        self._options = options
        self._idle: deque[_Connection] = deque()
        self._free = asyncio.Semaphore(options.connections)
        self._context: ssl.SSLContext | None = None

    async def hand_over(self, envelope: Envelope) -> Handover:
        """Give the mail to the server; a connection that died while idle is replaced once, unnoticed."""
        async with self._free:
            kept = self._take()
            if kept is not None:
                ended = await self._try(kept, envelope)
                # 421: the server ends a session that was idle for long, which says nothing of new ones.
                if ended is not None and ended.code != _GOOD_BYE:
                    return ended
            try:
                fresh = _Connection(await self._connect(), 0, 0.0)
            except aiosmtplib.SMTPResponseException as refused:
                return Handover(Verdict.TEMPORARY, refused.code, _words(refused.message), down=True)
            except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as failure:
                return Handover(Verdict.TEMPORARY, None, f"no connection: {_words(failure)}", down=True)
            ended = await self._try(fresh, envelope)
            return ended or Handover(
                Verdict.TEMPORARY, None, "the connection broke before the mail was handed over", down=True
            )

    async def close(self) -> None:
        """Say QUIT on every idle connection."""
        while self._idle:
            await self._quit(self._idle.pop())

    def _take(self) -> _Connection | None:
        """The connection that was used last, unless it is stale; older ones are let go."""
        oldest = time.monotonic() - self._options.idle
        while self._idle:
            kept = self._idle.pop()
            if kept.client.is_connected and kept.since >= oldest and kept.mails < MAILS_PER_CONNECTION:
                return kept
            kept.client.close()
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        options = self._options
        if options.tls != "none" and self._context is None:
            # Reading the machine's certificates takes milliseconds.
            self._context = await asyncio.to_thread(ssl.create_default_context, cafile=options.ca)
        client = aiosmtplib.SMTP(
            hostname=options.host,
            port=options.port,
            username=options.user,
            password=options.password,
            timeout=options.timeout,
            use_tls=options.tls == "implicit",
            start_tls=options.tls == "starttls",
            tls_context=self._context,
        )
        await client.connect()
        return client

    async def _try(self, connection: _Connection, envelope: Envelope) -> Handover | None:
        """How it ended; None when the connection broke while the server surely had not the mail."""
        client = connection.client
        try:
            refused = await self._open_envelope(client, envelope)
        except _BROKEN:
            client.close()
            return None
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            return _refusal(error.code, error.message)
        except BaseException:
            client.close()
            raise
        if refused is not None:
            return await self._refused(connection, refused)
        try:
            reply = await client.data(envelope.message, timeout=self._options.data_timeout)
        except aiosmtplib.SMTPDataError as error:
            return await self._refused(connection, _refusal(error.code, error.message))
        except aiosmtplib.SMTPTimeoutError:
            client.close()
            return Handover(Verdict.UNKNOWN, None, "no answer in time after the mail was handed over")
        except (aiosmtplib.SMTPServerDisconnected, OSError):
            client.close()
            return Handover(Verdict.UNKNOWN, None, "the connection broke before the answer to the mail came")
        except BaseException:
            client.close()
            raise
        connection.mails += 1
        await self._put_back(connection, reset=False)
        return Handover(Verdict.SENT, reply.code, _words(reply.message))

    async def _open_envelope(self, client: aiosmtplib.SMTP, envelope: Envelope) -> Handover | None:
        """MAIL and RCPT; a refusal, or None when the server waits for the mail."""
        options: list[str] = []
        encoding = "ascii"
        if client.is_ehlo_or_helo_needed:
            try:
                await client.ehlo()
            except aiosmtplib.SMTPHeloError:
                await client.helo()
        if client.supports_extension("size"):
            options.append(f"SIZE={len(envelope.message)}")
        if envelope.international:
            if not client.supports_extension("smtputf8"):
                words = "this server takes no addresses in other scripts (SMTPUTF8)"
                return Handover(Verdict.UNFIT, None, words)
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            encoding = "utf-8"
        try:
            await client.mail(envelope.sender, options=options, encoding=encoding)
            await client.rcpt(envelope.recipient, encoding=encoding)
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused) as error:
            return _refusal(error.code, error.message)
        return None

    async def _refused(self, connection: _Connection, refusal: Handover) -> Handover:
        """The connection serves the next mail, unless the server has said good-bye."""
        if refusal.code == _GOOD_BYE:
            connection.client.close()
        else:
            await self._put_back(connection, reset=True)
        return refusal

    async def _put_back(self, connection: _Connection, *, reset: bool) -> None:
        if reset:
            try:
                await connection.client.rset()
            except (aiosmtplib.SMTPException, OSError):
                connection.client.close()
                return
        if connection.mails >= MAILS_PER_CONNECTION:
            await self._quit(connection)
            return
        connection.since = time.monotonic()
        self._idle.append(connection)

    async def _quit(self, connection: _Connection) -> None:
        try:
            await connection.client.quit(timeout=self._options.timeout)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            connection.client.close()


def _refusal(code: int, message: str) -> Handover:
    # 421 is the server's good-bye, 530 to 538 are about our credentials: neither is about the mail.
    down = code == _GOOD_BYE or 530 <= code <= 538
    verdict = Verdict.PERMANENT if code >= 500 and not down else Verdict.TEMPORARY
    return Handover(verdict, code, _words(message), down=down)


def _words(said: object) -> str:
    return " ".join(str(said).split())[:_REPLY_LENGTH]
