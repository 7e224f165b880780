"""News that comes twice, in the wrong order, early or late, and from two sides at once."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.kernel.ids import uuid7
from backstay.systems.payments.contracts import Attempt, Payment, PaymentStatus
from backstay.systems.payments.engines.mock import MockProvider
from backstay.systems.payments.engines.provider import News, Order, SessionNews, Told
from backstay.systems.payments.guarantees.till import (
    PATH,
    QUICK,
    ask_for,
    books,
    insist,
    page_of,
    press,
    settled,
)
from backstay.systems.payments.service import ledger, observing, receiving
from backstay.systems.payments.service.receiving import _Place

_STORM: Final = {"PAYMENTS_URL": "mock://?seed=11&duplicates=0.6&late=0.7&delay=1500ms&bare=0.6"}
_ECHO: Final = {"PAYMENTS_URL": "mock://?seed=5&duplicates=1"}
_AMOUNT: Final = 1000
_PEOPLE: Final = 6


@guarantee(
    "payment-news-converges",
    promise="A provider's events may come twice, in any order, too early or late: every payment ends where "
    "it would have in fair weather, and no event is forgotten.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def news_in_any_order(lab: Lab) -> Verdict:
    """Let the provider's events come as badly as they can, to two servers; the customers never come back."""
    app = await lab.server(processes=2, env=QUICK | _STORM)
    whole: list[str] = []
    part: list[str] = []

    async def buy(client: Client) -> None:
        payment_id = await ask_for(client, _AMOUNT)
        page = await page_of(client, payment_id)
        if client.random.random() < 0.5:
            await press(client, page, "decline")
        await press(client, page, "pay")
        whole.append(payment_id)

    async def reserve(client: Client) -> None:
        payment_id = await ask_for(client, _AMOUNT, capture="manual")
        await press(client, await page_of(client, payment_id), "pay")
        for _ in range(400):
            reply = await client.get(f"{PATH}/{payment_id}")
            if reply.status == 200 and reply["payment"]["status"] == "authorized":
                break
            await asyncio.sleep(0.1)
        await insist(client, f"{PATH}/{payment_id}/capture", {"amount": 600}, client.unique("capture"))
        part.append(payment_id)

    await asyncio.gather(lab.clients(4).each(4, buy), lab.clients(2).each(2, reserve))
    await asyncio.sleep(4.0)  # the latest event, and two rounds of what was parked
    expected = [
        *((one, _AMOUNT, {"session.opened", "session.paid"}) for one in whole),
        *((one, 600, {"session.opened", "session.authorized", "session.paid"}) for one in part),
    ]
    for payment_id, amount, words in expected:
        wrong = _judged(await _with_all_events(app, payment_id, words), amount, words)
        if wrong is not None:
            return judge(wrong, payments=len(expected))
    return judge(payments=len(expected))


def _judged(story: Any, amount: int, words: set[str]) -> Finding | None:
    payment, told = story["payment"], {one["type"] for one in story["events"]}
    if (payment["status"], payment["captured"]) != ("succeeded", amount):
        end = f"{payment['status']} with {payment['captured']} of {amount}"
        return Finding(f"payment {payment['id']} ended {end}")
    if not words <= told:
        return Finding(f"payment {payment['id']} was never told {sorted(words - told)}")
    return books(story)


async def _with_all_events(app: Any, payment_id: str, words: set[str]) -> Any:
    story = await settled(app, payment_id)
    for _ in range(150):
        if words <= {one["type"] for one in story["events"]}:
            break
        await asyncio.sleep(0.1)
        story = (await app.get(f"{PATH}/{payment_id}")).json
    return story


@news_in_any_order.sabotage("the last word wins")
def last_word(patch: Patch) -> None:
    """What comes last is believed: a late `opened` makes a paid payment one that waits to be paid."""
    joined = observing._joined

    def replaced(attempt: Attempt, news: SessionNews) -> Attempt:
        after = joined(attempt, news)
        return structs.replace(
            after, seen=observing.bit(news.status), status=news.status, captured=news.captured
        )

    def latest(_one: PaymentStatus, other: PaymentStatus) -> PaymentStatus:
        return other

    patch(observing, "_joined", replaced)
    patch(observing, "higher", latest)


@news_in_any_order.sabotage("answer what speaks of something unknown, and forget it")
def forgotten(patch: Patch) -> None:
    """And be slow to write down what the provider has answered, so that there is something unknown."""
    keep, open_ = receiving._keep, MockProvider.open

    async def forget(uow: UnitOfWork, provider: str, told: Told, news: News, place: _Place | None) -> None:
        if place is not None:
            await keep(uow, provider, told, news, place)

    async def slowly(provider: MockProvider, order: Order) -> SessionNews:
        news = await open_(provider, order)
        await asyncio.sleep(0.7)
        return news

    patch(receiving, "_keep", forget)
    patch(MockProvider, "open", slowly)


@guarantee(
    "payment-settles-once",
    promise="Whether the customer's return or the provider's event comes first, or both at once and several "
    "times, a payment is settled once: one entry in the books, one event.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def settled_once(lab: Lab) -> Verdict:
    """Let customers come back several times at once while the event is delivered twice, to two servers."""
    app = await lab.server(processes=2, env=QUICK | _ECHO)
    pages: dict[str, tuple[str, str]] = {}

    async def ask(client: Client) -> None:
        payment_id = await ask_for(client, _AMOUNT)
        page = await page_of(client, payment_id)
        # Who leaves without paying is sent back, too: so the way back is known before.
        pages[payment_id] = page, await press(client, page, "abandon")

    await lab.clients(4).each(3, ask)
    made = list(pages)
    together, paying = asyncio.Barrier(_PEOPLE), set[str]()

    async def come_back(client: Client) -> None:
        for payment_id, (page, back) in pages.items():
            await together.wait()
            if payment_id not in paying:
                paying.add(payment_id)
                await press(client, page, "pay")
            await client.get(back)

    await lab.clients(_PEOPLE).each(1, come_back)
    stories = [await settled(app, payment_id) for payment_id in made]
    await asyncio.sleep(1.0)  # whatever would settle it once more has come by then
    stories = [(await app.get(f"{PATH}/{one['payment']['id']}")).json for one in stories]
    told: dict[str, int] = {}
    async for event in app.walk("/v1/events?type=payments.payment_succeeded&limit=100"):
        told[event["subject"]] = told.get(event["subject"], 0) + 1
    found: list[Finding | None] = []
    for story in stories:
        payment_id, entries = story["payment"]["id"], len(story["entries"])
        if (entries, told.get(payment_id)) != (2, 1):
            times = told.get(payment_id, 0)
            found.append(Finding(f"payment {payment_id}: {entries} entries, {times} events of success"))
        found.append(books(story))
    return judge(*found, payments=len(made))


@settled_once.sabotage("settle it whenever somebody says that it was paid")
def each_time(patch: Patch) -> None:
    """As if it had not been looked at what is known already."""
    follow, book = observing._follow, ledger.book

    async def anew(uow: UnitOfWork, payment: Payment, before: Attempt, after: Attempt) -> str:
        naive = structs.replace(payment, status=PaymentStatus.PENDING)
        return await follow(uow, naive, structs.replace(before, captured=0), after)

    async def once_more(uow: UnitOfWork, payment: Payment, kind: ledger.Kind, fact: str, amount: int) -> None:
        fresh: UUID = uuid7()
        await book(uow, payment, kind, f"{fact}:{fresh}", amount)

    patch(observing, "_follow", anew)
    patch(ledger, "book", once_more)
