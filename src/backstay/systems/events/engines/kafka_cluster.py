"""How a `BROKER_URL` of Kafka is read, and the topics that events need there."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from backstay.systems.events.engines.broker import BrokerUrlInvalid, Tuning

_log: Final = logging.getLogger("backstay.events")
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_COPIES: Final = 3
"""Replicas of a topic that is made here, where there are as many brokers."""


def options(url: str) -> tuple[dict[str, Any], str]:
    """What every client is made with, and the brokers' addresses without credentials.

    Raises:
        BrokerUrlInvalid: it names an unknown way to sign in.
    """
    parts = urlsplit(url)
    account, _, hosts = parts.netloc.rpartition("@")
    made: dict[str, Any] = {"bootstrap_servers": hosts.split(",")}
    secure = parts.scheme == "kafkas"
    made["security_protocol"] = "SSL" if secure else "PLAINTEXT"
    if secure:
        made["ssl_context"] = ssl.create_default_context()
    if account:
        user, _, password = account.partition(":")
        mechanism = parse_qs(parts.query).get("sasl", ["PLAIN"])[0]
        if mechanism not in _MECHANISMS:
            raise BrokerUrlInvalid(
                f"BROKER_URL asks for sasl={mechanism}; known are {', '.join(_MECHANISMS)}"
            )
        made["security_protocol"] = "SASL_SSL" if secure else "SASL_PLAINTEXT"
        made["sasl_mechanism"] = mechanism
        made["sasl_plain_username"] = unquote(user)
        made["sasl_plain_password"] = unquote(password)
    return made, hosts


async def make_topics(options_: Mapping[str, Any], tuning: Tuning, *names: str) -> list[int]:
    """Make what is not there, and wait until it is known; the partitions of the first.

    What is there may have been tuned by whoever runs it.
    """
    admin = AIOKafkaAdminClient(**options_, request_timeout_ms=int(tuning.timeout * 1000))
    try:
        await admin.start()
        there = await admin.list_topics()
        missing = [name for name in names if name not in there]
        if missing:
            await _create(admin, missing, tuning.partitions)
        async with asyncio.timeout(tuning.timeout):
            while True:
                # Asking also makes them, on brokers that make topics by themselves.
                topics = {topic["topic"]: topic for topic in await admin.describe_topics([*names])}
                if not any(topic["error_code"] for topic in topics.values()):
                    return [part["partition"] for part in topics[names[0]]["partitions"]]
                await asyncio.sleep(0.1)
    finally:
        with suppress(KafkaError, OSError):
            await admin.close()


async def _create(admin: AIOKafkaAdminClient, names: Sequence[str], partitions: int) -> None:
    cluster = await admin.describe_cluster()
    nodes = {broker["node_id"] for broker in cluster["brokers"]}
    if cluster["controller_id"] not in nodes:
        return  # nobody to ask
    copies = min(_COPIES, len(nodes))
    made = await admin.create_topics([NewTopic(name, partitions, copies) for name in names])
    refusals = {for_code(code) for _name, code, *_ in made.topic_errors if code}
    for one in refusals - {TopicAlreadyExistsError}:
        _log.warning("the cluster does not let topics be made: %s", one.__name__)
