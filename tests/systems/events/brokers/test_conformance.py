"""What every broker must do, judged by the brokers themselves."""

from __future__ import annotations

import asyncio

import pytest

from backstay.systems.events.engines.broker import Broker, Message, NotNow
from tests.systems.events.brokers.conftest import SHARING
from tests.systems.events.brokers.heard import PLACED, Heard, first_seen, message, number_of
from tests.systems.events.brokers.servers import Place


async def test_what_is_published_comes_as_it_was(broker: Broker) -> None:
    heard = Heard()
    sent = [
        message(1),
        message(2, key=None),
        Message(
            id="an id/with ünïcode",
            source="https://example.org/shop?x=1",
            type=PLACED,
            subject="Ä 😀",
            time=message().time,
            key="k\tey",
            data=b'{"bytes":"\\u0000","nested":[1,{"a":null}],"big":12345678901234567890}',
            extensions={"traceparent": "00-1-2-01", "flag": True, "streamversion": 7},
        ),
    ]
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish(sent)
        await heard.count(3)
    assert sorted(heard.messages, key=lambda one: one.id) == sorted(sent, key=lambda one: one.id)


async def test_the_order_of_each_key_is_kept(broker: Broker) -> None:
    heard = Heard()
    keys = [f"o-{number}" for number in range(7)]
    async with broker.receive("shop", [PLACED], heard):
        for start in range(0, 60, 20):
            await broker.publish([message(n, key=key) for n in range(start, start + 20) for key in keys])
        await heard.count(60 * len(keys))
    assert first_seen(heard) == {key: list(range(60)) for key in keys}
    assert len(heard.messages) == 60 * len(keys)


async def test_only_the_types_asked_for_come(broker: Broker) -> None:
    heard = Heard()
    async with broker.receive("shop", [PLACED, "orders.order_paid"], heard):
        await broker.publish(
            [message(1, type_="orders.order_lost"), message(2, type_="orders.order_paid"), message(3)]
        )
        await heard.count(2)
    assert heard.numbers == [2, 3]


async def test_each_group_gets_everything(place: Place) -> None:
    shop, bank = Heard(), Heard()
    broker, second = place.open(), place.open()
    async with broker.receive("shop", [PLACED], shop), second.receive("bank", [PLACED], bank):
        await broker.publish([message(n, key=f"o-{n}") for n in range(30)])
        await bank.count(30)
        await shop.count(30)
    assert sorted(bank.numbers) == list(range(30))
    assert sorted(shop.numbers) == list(range(30))


# librdkafka's test cluster answers the second member of a group with "invalid request".
@pytest.mark.parametrize("kind", SHARING, indirect=True)
async def test_processes_of_a_group_share_its_messages_and_keep_each_keys_order(place: Place) -> None:
    heard = Heard()
    broker, second = place.open(), place.open()
    async with broker.receive("shop", [PLACED], heard), second.receive("shop", [PLACED], heard):
        await broker.publish([message(n, key=f"o-{n % 5}") for n in range(50)])
        await heard.until(lambda messages: len({one.id for one in messages}) == 50)
    assert first_seen(heard) == {f"o-{k}": list(range(k, 50, 5)) for k in range(5)}


async def test_a_group_begins_when_it_is_first_received_and_goes_on_where_it_was(broker: Broker) -> None:
    heard = Heard()
    await broker.publish([message(0)])
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([message(1)])
        await heard.count(1)
    await broker.publish([message(2), message(3)])
    async with broker.receive("shop", [PLACED], heard):
        await heard.count(3)
    assert heard.numbers == [1, 2, 3]


async def test_a_message_that_fails_comes_again_before_later_ones_of_its_key(broker: Broker) -> None:
    left = [True, True]

    def fail_twice(one: Message) -> None:
        if number_of(one) == 1 and left:
            left.pop()
            raise ValueError("not today")

    heard = Heard(fail_twice)
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([message(1), message(2)])
        await heard.count(4)
    assert heard.numbers == [1, 1, 1, 2]


async def test_what_fails_for_ever_goes_to_the_dead_letters_and_later_ones_go_on(
    broker: Broker, place: Place
) -> None:
    def fail(one: Message) -> None:
        if number_of(one) == 1:
            raise ValueError("never\nä")

    heard = Heard(fail)
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([bad := message(1), message(2)])
        await heard.count(4)
        [(body, error)] = await place.dead("shop", 1)
    assert heard.numbers == [1, 1, 1, 2]
    assert bad.id.encode() in body
    assert error.startswith("ValueError: never")


async def test_what_is_no_event_goes_to_the_dead_letters(broker: Broker, place: Place) -> None:
    heard = Heard()
    async with broker.receive("shop", [PLACED], heard):
        await place.raw(PLACED, b'{"specversion": "1.0"')
        await place.raw(PLACED, b"\xff\x00")
        await broker.publish([message(1)])
        await heard.count(1)
        letters = await place.dead("shop", 2)
    assert sorted(body for body, _ in letters) == [b'{"specversion": "1.0"', b"\xff\x00"]
    assert all(error.startswith("NotAnEvent: ") for _, error in letters)


async def test_a_handler_that_cannot_work_now_is_asked_again_for_as_long_as_it_takes(broker: Broker) -> None:
    calls = 0

    def not_yet(_message: Message) -> None:
        nonlocal calls
        calls += 1
        if calls <= 6:
            raise NotNow

    heard = Heard(not_yet)
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([message(1)])
        await heard.count(7)
    assert heard.numbers == [1] * 7


async def test_a_slow_message_of_one_key_does_not_hold_up_every_other(broker: Broker) -> None:
    go_on = asyncio.Event()
    heard = Heard()

    async def handle(one: Message) -> None:
        if number_of(one) == 0:
            await go_on.wait()
        await heard(one)

    async with broker.receive("shop", [PLACED], handle):
        await broker.publish([message(n, key=f"o-{n}") for n in range(40)])
        await heard.until(lambda messages: len(messages) >= 5)
        assert 0 not in heard.numbers
        go_on.set()
        await heard.count(40)


async def test_what_was_not_handled_when_a_reader_stops_goes_to_the_next(place: Place) -> None:
    first, second = place.open(), place.open()
    never = asyncio.Event()
    begun = Heard()

    async def hang(one: Message) -> None:
        await begun(one)
        await never.wait()

    async with first.receive("shop", [PLACED], hang):
        await first.publish([message(1), message(2)])
        await begun.count(1)
    heard = Heard()
    async with second.receive("shop", [PLACED], heard):
        await heard.count(2)
    assert heard.numbers == [1, 2]


async def test_publishing_nothing_is_nothing(broker: Broker) -> None:
    await broker.publish([])


async def test_a_broker_answers(broker: Broker) -> None:
    await broker.ping()
    await broker.close()
    await broker.ping()
