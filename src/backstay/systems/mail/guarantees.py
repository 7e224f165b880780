"""What mail promises: one Message-ID a mail, and no second provider while the first may have it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from backstay.kernel.guarantees import Client, Ended, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.kernel.ids import uuid7
from backstay.systems.mail.engines.transport import Handover
from backstay.systems.mail.engines.transport import Verdict as Outcome
from backstay.systems.mail.service import attempts, composing, sending
from backstay.systems.mail.service.sampling import deliver_sample

_MAIL: Final = "/v1/mail/messages/test"
_HEADERS: Final = re.compile(rb"^(Message-ID|X-Backstay-Mail): (.+?)\r\n", re.MULTILINE)
_SETTLED: Final = 100.0
"""Seconds for every mail to be handed over: leases of killed workers and the first backoffs must pass."""


class Relay:
    """An SMTP server in the check's own process, which hangs up on some of the mails that it has taken."""

    def __init__(self, silent_at: int | None) -> None:
        """`silent_at`: the first time that it sees each third mail (or fourth...), it does not answer."""
        self._silent_at = silent_at
        self.taken: list[tuple[str, str]] = []
        """Every mail that came whole, as (our id, Message-ID), in order, repetitions too."""
        self.answered: set[str] = set()
        """Our ids of those that it said it had taken."""
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session: enough of RFC 5321 for one mail after the other."""
        try:
            writer.write(b"220 relay ESMTP\r\n")
            while line := await reader.readline():
                if not line.upper().startswith(b"DATA"):
                    writer.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 OK\r\n")
                    continue
                writer.write(b"354 go on\r\n")
                message = await reader.readuntil(b"\r\n.\r\n")
                found = {name: value.decode("ascii") for name, value in _HEADERS.findall(message)}
                mail_id = found[b"X-Backstay-Mail"]
                new = mail_id not in {seen for seen, _ in self.taken}
                self.taken.append((mail_id, found[b"Message-ID"]))
                if new and self._hangs_up():
                    break
                self.answered.add(mail_id)
                writer.write(b"250 taken\r\n")
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other side was killed
        finally:
            writer.transport.abort()

    def _hangs_up(self) -> bool:
        return self._silent_at is not None and len({seen for seen, _ in self.taken}) % self._silent_at == 1


@asynccontextmanager
async def _relay(silent_at: int | None = None) -> AsyncIterator[Relay]:
    relay = Relay(silent_at)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0, limit=2**20)
    relay.port = server.sockets[0].getsockname()[1]
    async with server:
        yield relay


@guarantee(
    "mail-is-one-message",
    promise="Every mail whose commit was acknowledged is handed over, always under one Message-ID, and never "
    "to a second provider while the first may have it, whatever is killed or cut on the way.",
    safety="break",
    faults=["kill"],
    core=False,  # the first backoff alone may take 15 s
    timeout=240.0,
)
async def mail_is_one_message(lab: Lab) -> Verdict:
    """Send mails through two providers, the first of which often hangs up instead of answering."""
    async with _relay(silent_at=3) as first, _relay() as second:
        url = f"smtp://127.0.0.1:{first.port},smtp://127.0.0.1:{second.port}"
        app = await lab.server(env={"MAIL_URL": url, "BACKSTAY_JOBS_LEASE": "2s"})
        wanted: set[str] = set()

        async def send(client: Client) -> None:
            sent = await client.post(_MAIL, json={"template": "mail.test", "to": "bob@example.test"})
            if sent.ok:
                wanted.add(sent["id"])

        async with lab.clients(4).running(send):
            await lab.acknowledged(12)
            await app.kill()
        await app.restart()
        await lab.clients(2).each(3, send)

        def missing() -> set[str]:
            return wanted - first.answered - second.answered

        try:
            async with asyncio.timeout(_SETTLED):
                while missing():
                    await lab.clients(1).each(1, lambda client: client.get("/v1/mail/messages?limit=1"))
                    await asyncio.sleep(0.2)
        except TimeoutError:
            pass
        repeated = [mail for mail, count in Counter(mail for mail, _ in first.taken).items() if count > 1]
        return judge(
            *_breaches(first, second, missing()),
            untried=None if len(repeated) > 0 else "no mail was handed over twice",
            mails=len(wanted),
            handed_over=len(first.taken) + len(second.taken),
            repeated=len(repeated),
        )


def _breaches(first: Relay, second: Relay, missing: set[str]) -> list[Finding]:
    findings = []
    if missing:
        findings.append(
            Finding(f"mail {min(missing)} was acknowledged and never handed over ({len(missing)})")
        )
    names: dict[str, str] = {}
    for mail, name in first.taken + second.taken:
        if names.setdefault(mail, name) != name:
            findings.append(Finding(f"mail {mail} was handed over as {names[mail]} and as {name}"))
            break
    if both := {mail for mail, _ in first.taken} & {mail for mail, _ in second.taken}:
        findings.append(Finding(f"mail {min(both)} was given to both providers"))
    return findings


@mail_is_one_message.sabotage("make a Message-ID at each hand-over")
def fresh_ids(patch: Patch) -> None:
    """As mail libraries do when nobody gives them one."""
    compose = composing.compose

    def afresh(*mail: object) -> bytes:
        return re.sub(rb"^Message-ID: .+?\r\n", f"Message-ID: <{uuid7()}@x>\r\n".encode(), compose(*mail))  # type: ignore[arg-type]  # passed through

    patch(attempts, "compose", afresh)


@mail_is_one_message.sabotage("take a lost answer for a refusal, and ask the next provider")
def guess(patch: Patch) -> None:
    """Nearly every failover does: an error is an error."""
    # Late, because a server imports every guarantee, and only a lab's patches this.
    from backstay.systems.mail.engines.smtp import SmtpTransport

    try_ = SmtpTransport._try

    async def certain(transport: SmtpTransport, *rest: object) -> Handover | None:
        ended = await try_(transport, *rest)  # type: ignore[arg-type]  # passed through
        if ended is not None and ended.verdict is Outcome.UNKNOWN:
            return Handover(Outcome.TEMPORARY, ended.code, ended.reply)
        return ended

    patch(SmtpTransport, "_try", certain)


@guarantee(
    "no-mail-of-a-rollback",
    promise="A unit of work that is rolled back, or whose commit fails, sends no mail.",
    safety="break",
    faults={"sqlite": ["disk-full"], "postgres": ["cut"]},
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def no_mail_of_a_rollback(lab: Lab) -> Verdict:
    """Send mails in units whose COMMIT fails, among others; compare what was handed over with the answers."""
    async with _relay() as relay:
        url = f"smtp://127.0.0.1:{relay.port}"
        app = await lab.server(env={"MAIL_URL": url, "BACKSTAY_JOBS_LEASE": "2s"}, database_proxy=True)

        async def send(client: Client) -> None:
            to = f"{client.unique('to')}@example.test"
            await client.request(
                "POST", _MAIL, json={"template": "mail.test", "to": to}, about=to, name=f"POST {_MAIL}"
            )

        clients = lab.clients(3)
        for _ in lab.trials():
            await clients.each(4, send)
            async with app.commits_failing():
                await clients.each(3, send)
        await clients.each(1, send)
        asked = [op for op in lab.history if op.name == f"POST {_MAIL}"]
        certain = {op.answer["id"] for op in asked if op.ended is Ended.OK}
        possible = {op.about for op in asked if op.indeterminate}
        kept: dict[str, str] = {}

        async def settled() -> bool:
            async for mail in app.walk("/v1/mail/messages?limit=100"):
                kept[mail["id"]] = mail["to_address"]
            return (certain | kept.keys()) <= relay.answered

        deadline = asyncio.get_running_loop().time() + _SETTLED
        while not await settled() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - a server's answer is no event here
            await asyncio.sleep(0.2)
        sent = {mail for mail, _ in relay.taken}
        extra = sorted(mail for mail in sent - certain if kept.get(mail) not in possible)
        lost = sorted(certain - relay.answered)
        failed = [op for op in asked if op.ended is not Ended.OK]
        return judge(
            Finding(f"mail {extra[0]} was handed over, and its unit was rolled back") if extra else None,
            Finding(f"mail {lost[0]} was acknowledged and never handed over ({len(lost)})") if lost else None,
            untried=None if failed else "no commit failed",
            mails=len(certain),
            failed=len(failed),
        )


@no_mail_of_a_rollback.sabotage("hand mails over in the unit of work")
def at_once(patch: Patch) -> None:
    """What most applications do: the mail is out before anybody knows whether the rest is kept."""
    patch(sending, "enqueue_delivery", deliver_sample)
