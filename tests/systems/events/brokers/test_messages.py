"""Messages as they travel, and what a `BROKER_URL` may say."""

from __future__ import annotations

import asyncio
import gc
import sys

import aio_pika
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from backstay.systems.events.engines.broker import (
    BrokerUnavailable,
    BrokerUrlInvalid,
    Message,
    MessageRefused,
    Tuning,
    open_broker,
)
from backstay.systems.events.engines.cloudevents import NotAnEvent, decode, encode
from backstay.systems.events.engines.lines import publish_in_lines
from tests.systems.events.brokers.heard import message

TEXT = some.text(some.characters(codec="utf-8"), min_size=1, max_size=30)
MESSAGES = some.builds(
    Message,
    id=TEXT,
    source=TEXT,
    type=TEXT,
    subject=some.none() | TEXT,
    time=some.just(message().time),
    key=some.none() | TEXT,
    data=some.recursive(some.none() | some.integers() | some.text(), some.lists).map(msgspec.json.encode),
    extensions=some.dictionaries(
        some.from_regex(r"x[a-z0-9]{1,10}", fullmatch=True), TEXT | some.booleans() | some.integers(-9, 9)
    ),
)


@given(MESSAGES)
def test_a_message_is_read_as_it_was_written(one: Message) -> None:
    assert decode(encode(one)) == one


def test_it_travels_as_a_cloud_event() -> None:
    one = replace(message(7), id="e-1")
    assert msgspec.json.decode(encode(one)) == {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/shop/orders",
        "type": "orders.order_placed",
        "subject": "o-1",
        "time": "2030-01-02T03:04:05Z",
        "datacontenttype": "application/json",
        "partitionkey": "o-1",
        "organizationid": "0198",
        "streamversion": 7,
        "data": {"number": 7},
    }


BASE = '"specversion":"1.0","id":"1","source":"/s","type":"t","time":"2030-01-02T03:04:05Z"'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("[]", "Expected `object`, got `array`"),
        (f"{{{BASE}}}", "it has no data"),
        ('{"specversion":"0.3"}', "its specversion is not 1.0"),
        (f'{{{BASE.replace("/s", "")},"data":1}}', "its source is empty"),
        (f'{{{BASE},"datacontenttype":"text/plain","data":"a"}}', "its data is not JSON"),
        (f'{{{BASE},"data_base64":"?"}}', "Only base64 data is allowed"),
        (f'{{{BASE},"data_base64":"/w=="}}', "JSON is malformed: invalid character (byte 0)"),
        (f'{{{BASE},"data":1,"extra":{{}}}}', "Expected `bool | int | str`, got `object`"),
    ],
)
def test_what_cannot_be_read_is_said(body: str, why: str) -> None:
    with pytest.raises(NotAnEvent) as refused:
        decode(body.encode())
    assert str(refused.value) == why


def test_data_in_base64_is_json_all_the_same() -> None:
    assert decode(f'{{{BASE},"data_base64":"eyJhIjoxfQ=="}}'.encode()).data == b'{"a":1}'


@pytest.mark.parametrize("name", ["data", "Upper", "with_underscore", ""])
def test_names_of_extensions_are_lower_case(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of an extension"):
        encode(replace(message(), extensions={name: "1"}))


async def test_after_a_failure_nothing_more_of_a_key_goes_out() -> None:
    sent: list[str] = []

    async def send(one: Message) -> None:
        sent.append(one.id)
        if one.id == "b":
            await asyncio.sleep(0)
            raise BrokerUnavailable("gone")
        if one.id == "huge":
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            raise MessageRefused(one, "too large")

    waiting = [message(id_=name, key="k") for name in "abc"]
    with pytest.raises(BrokerUnavailable):
        await publish_in_lines(waiting, send)
    assert sent == ["a", "b"]
    with pytest.raises(MessageRefused):
        await publish_in_lines([message(id_="b"), message(id_="huge", key=None)], send)


async def test_a_connection_that_cannot_be_made_is_left_to_nobody() -> None:
    broker = open_broker("amqp://127.0.0.1:1/backstay-probe")
    with pytest.raises(BrokerUnavailable) as failure:
        await broker.ping()
    made = [one for one in gc.get_objects() if isinstance(one, aio_pika.Connection)]
    assert [one.is_closed for one in made if one.url.path == "/backstay-probe"] == [True]
    del failure  # which kept it
    await broker.close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://127.0.0.1", "BROKER_URL begins with 'redis'; it may begin with amqp:, amqps:, nats:"),
        ("", "BROKER_URL begins with ''"),
        ("kafka://u:hunter2@h?sasl=GSSAPI", "BROKER_URL asks for sasl=GSSAPI; known are PLAIN"),
    ],
)
def test_a_url_that_names_no_broker_is_refused(url: str, why: str) -> None:
    with pytest.raises(BrokerUrlInvalid) as refused:
        open_broker(url)
    assert str(refused.value).startswith(why)


@pytest.mark.parametrize("prefix", ["", "a.b", "a b", "é", "*"])
def test_a_prefix_is_letters_and_digits(prefix: str) -> None:
    with pytest.raises(BrokerUrlInvalid):
        open_broker("nats://127.0.0.1", prefix=prefix)


@pytest.mark.parametrize(
    ("url", "extra"), [("amqp://h", "amqp"), ("nats://h", "nats"), ("kafka://h", "kafka")]
)
def test_without_its_driver_the_extra_is_named(url: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] in {"aio_pika", "nats", "aiokafka"}:
            monkeypatch.setitem(sys.modules, name, None)
        if name.startswith("backstay.systems.events.engines.") and not name.endswith(("broker", "intake")):
            monkeypatch.delitem(sys.modules, name)
    with pytest.raises(BrokerUrlInvalid, match=rf"pip install 'backstay\[{extra}\]'"):
        open_broker(url)


@pytest.mark.parametrize(
    "url",
    ["amqp://ada:hunter2@127.0.0.1:1/", "nats://ada:hunter2@127.0.0.1:1", "kafka://ada:hunter2@127.0.0.1:1"],
)
async def test_no_error_tells_the_password(url: str, caplog: pytest.LogCaptureFixture) -> None:
    broker = open_broker(url, tuning=Tuning(timeout=1))
    with pytest.raises(BrokerUnavailable) as failed:
        await broker.publish([message()])
    assert "hunter2" not in str(failed.value)
    assert "127.0.0.1" in str(failed.value)
    assert "hunter2" not in caplog.text
    await broker.close()


def test_pauses_grow_to_a_limit() -> None:
    tuning = Tuning(first_delay=0.2, longest_delay=30)
    assert [tuning.delay(attempt) for attempt in (1, 2, 3, 8, 9, 1000)] == [0.2, 0.4, 0.8, 25.6, 30, 30]
