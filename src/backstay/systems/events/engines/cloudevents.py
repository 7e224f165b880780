"""Messages as CloudEvents 1.0.2 in the structured JSON format, as they travel on every broker.

Sources: CloudEvents 1.0.2, its JSON event format, and its partitioning extension (`partitionkey`).
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Raw

from backstay.systems.events.engines.broker import Message

CONTENT_TYPE: Final = "application/cloudevents+json"
_OWN: Final = frozenset(
    {
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "datacontenttype",
        "dataschema",
        "partitionkey",
        "data",
        "data_base64",
    }
)
_NAME: Final = re.compile(r"[a-z0-9]+")
_JSON: Final = re.compile(r"(application|text)/([a-z0-9.+-]+\+)?json(;.*)?", re.IGNORECASE)


class NotAnEvent(ValueError):
    """What came is no CloudEvent in the structured JSON format, or its data is not JSON."""


def encode(message: Message) -> bytes:
    """The message as it travels.

    Raises:
        ValueError: an extension has a name that CloudEvents do not allow or that is taken.
    """
    for name in message.extensions:
        if name in _OWN or _NAME.fullmatch(name) is None:
            raise ValueError(f"{name!r} cannot be the name of an extension: lower-case letters and digits")
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": message.id,
        "source": message.source,
        "type": message.type,
        "time": message.time,
        "datacontenttype": "application/json",
        **message.extensions,
        "data": Raw(message.data),
    }
    if message.subject is not None:
        event["subject"] = message.subject
    if message.key is not None:
        event["partitionkey"] = message.key
    return msgspec.json.encode(event)


def decode(body: bytes) -> Message:
    """What came, as a message.

    Raises:
        NotAnEvent: it cannot be read; the text says why.
    """
    try:
        event = msgspec.json.decode(body, type=dict[str, Raw])
        if _text(event, "specversion") != "1.0":
            raise NotAnEvent("its specversion is not 1.0")
        kind = _maybe(event, "datacontenttype")
        if kind is not None and _JSON.fullmatch(kind) is None:
            raise NotAnEvent("its data is not JSON")
        return Message(
            id=_text(event, "id"),
            source=_text(event, "source"),
            type=_text(event, "type"),
            subject=_maybe(event, "subject"),
            time=msgspec.json.decode(event["time"], type=datetime),
            key=_maybe(event, "partitionkey"),
            data=_data(event),
            extensions={
                name: msgspec.json.decode(value, type=str | int | bool)
                for name, value in event.items()
                if name not in _OWN
            },
        )
    except KeyError as missing:
        raise NotAnEvent(f"it has no {missing.args[0]}") from missing
    except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError) as error:
        raise NotAnEvent(str(error)) from error


def _text(event: dict[str, Raw], name: str) -> str:
    value = msgspec.json.decode(event[name], type=str)
    if not value:
        raise NotAnEvent(f"its {name} is empty")
    return value


def _maybe(event: dict[str, Raw], name: str) -> str | None:
    return msgspec.json.decode(event[name], type=str | None) if name in event else None


def _data(event: dict[str, Raw]) -> bytes:
    if "data_base64" not in event:
        return bytes(event["data"])
    data = base64.b64decode(msgspec.json.decode(event["data_base64"], type=str), validate=True)
    msgspec.json.decode(data)
    return data
