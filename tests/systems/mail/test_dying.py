"""What late, dead and concurrent workers lead to, and a database that is away when the answer comes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from backstay.kernel.clock import ManualClock
from backstay.proving.proxy import TcpProxy
from backstay.systems.mail import MailState
from backstay.systems.mail.errors import MailDeferred
from tests.conftest import make_actor
from tests.house import open_house
from tests.systems.mail.conftest import MODULES, Post, name, url
from tests.systems.mail.servers import Inbox, smtp_server


async def test_a_worker_that_dies_with_a_mail_in_its_hands_leaves_an_unknown_outcome(
    open_post: Any, inbox: Inbox
) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second)}")
        receipt = await post.send()
        inbox.holds = [asyncio.Event()]
        dying = asyncio.create_task(post.deliver(receipt.id))
        await inbox.arrived.wait()
        dying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dying
        assert await post.state(receipt.id) == "sending"
        assert await post.deliver(receipt.id) is MailState.SENT
        assert (len(inbox.mails), len(second.mails)) == (2, 0)
        assert inbox.raw(0) == inbox.raw(1)
        assert await post.ledger(receipt.id) == [
            ("queued", None, None),
            ("handing", name(inbox), None),
            ("unknown", name(inbox), None),
            ("handing", name(inbox), None),
            ("sent", name(inbox), 250),
        ]


async def test_of_two_workers_at_once_one_hands_over(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    for _ in range(5):
        receipt = await post.send()
        before = len(inbox.mails)
        states = await asyncio.gather(*(post.deliver(receipt.id) for _ in range(4)))
        again = [step for step in await post.ledger(receipt.id) if step[0] == "unknown"]
        # One that reads the mail while another has it in hand cannot tell that from a death; it says so.
        # (The jobs' leases see to it that this does not happen to mails in good hands.)
        assert 1 <= len(inbox.mails) - before <= 1 + len(again)
        assert set(states) <= {MailState.SENT, None}
        assert await post.state(receipt.id) == "sent"


async def test_a_worker_that_comes_back_too_late_changes_nothing_but_tells(
    open_post: Any, inbox: Inbox
) -> None:
    post: Post = await open_post(url(inbox, "?connections=2"))
    receipt = await post.send()
    answered, refused = asyncio.Event(), asyncio.Event()
    inbox.holds = [answered, refused]
    zombie = asyncio.create_task(post.deliver(receipt.id))
    await inbox.arrived.wait()
    inbox.arrived.clear()
    successor = asyncio.create_task(post.deliver(receipt.id))
    await inbox.arrived.wait()
    assert await post.state(receipt.id) == "sending"
    answered.set()
    assert await zombie is None
    # Its good news counts: the mail is not handed over a third time, whatever becomes of the second.
    assert await post.state(receipt.id) == "sent"
    refused.set()
    assert await successor is None
    assert await post.state(receipt.id) == "sent"
    words = [step["detail"] for step in (await post("GET", f"/messages/{receipt.id}"))["ledger"]]
    assert words[-2:] == [
        "late, for another worker had taken the mail over: kept as 1",
        "late, for another worker had taken the mail over: kept as 2",
    ]


async def test_a_pinned_provider_that_is_gone_from_the_settings_waits_for_a_person(
    open_post: Any, inbox: Inbox
) -> None:
    post: Post = await open_post(url(inbox), BACKSTAY_MAIL_DATA_TIMEOUT="0.2s")
    receipt = await post.send()
    inbox.silent.add("DATA")
    with pytest.raises(MailDeferred):
        await post.deliver(receipt.id)
    post.mailer.providers = ()
    assert await post.deliver(receipt.id) is MailState.UNKNOWN
    assert (await post.ledger(receipt.id))[-1] == ("unknown", name(inbox), None)


async def test_waiting_for_its_turn_is_told(open_post: Any, inbox: Inbox, clock: ManualClock) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send()
    clock.move(timedelta(seconds=90))
    await post.deliver(receipt.id)
    message = await post("GET", f"/messages/{receipt.id}")
    assert message["ledger"][1]["detail"] == "90.0 s for its turn"


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("engine_name", ["postgresql"])
@pytest.mark.parametrize("arrives", [False, True])
async def test_a_providers_answer_outlives_a_database_that_is_away(
    engine_name: str, database_url: str, inbox: Inbox, tmp_path: Path, arrives: bool
) -> None:
    """Else a mail that was sent would count as unknown, and be handed over again."""
    server = urlsplit(database_url)
    async with TcpProxy(server.hostname or "", server.port or 5432, Random(1)) as proxy:
        through = server._replace(netloc=f"{server.username}@127.0.0.1:{proxy.port}").geturl()
        environ = {"MAIL_URL": url(inbox)}
        async with open_house(MODULES, through, data_dir=tmp_path, environ=environ) as house:
            post = Post(house, make_actor("ada"))
            receipt = await post.send()
            answered = asyncio.Event()
            inbox.holds = [answered]
            delivering = asyncio.create_task(post.deliver(receipt.id))
            await inbox.arrived.wait()
            # The COMMIT of the first tries is lost on its way, or its answer is.
            proxy.cut_at(b"COMMIT", deliver=arrives, times=1 if arrives else 2)
            proxy.cut()
            answered.set()
            assert await delivering is MailState.SENT
            assert (await post.state(receipt.id), len(inbox.mails)) == ("sent", 1)
            assert [step[0] for step in await post.ledger(receipt.id)] == ["queued", "handing", "sent"]
