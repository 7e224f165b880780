"""Every event of this deployment as an AsyncAPI 3.0 document.

Sources: AsyncAPI 3.0.0; CloudEvents 1.0.2 with its JSON event format.
"""

from __future__ import annotations

from typing import Any, Final

from backstay.kernel.event import Event
from backstay.kernel.http import Components
from backstay.systems.events.service.catalog import Catalog, summary_of

_ENVELOPE: Final[dict[str, Any]] = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "format": "uuid", "description": "Unique together with `source`."},
    "source": {"type": "string", "format": "uri-reference"},
    "subject": {"type": "string", "description": "What it happened to."},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"const": "application/json"},
    "organizationid": {"type": "string", "format": "uuid"},
    "actorid": {"type": "string", "format": "uuid"},
    "streamversion": {
        "type": "integer",
        "minimum": 1,
        "description": "Its number among the events of its subject, without gaps.",
    },
    "position": {"type": "integer", "minimum": 1, "description": "Its place in the log."},
    "traceparent": {"type": "string", "description": "W3C Trace Context."},
}


def document(catalog: Catalog, *, title: str, version: str) -> dict[str, Any]:
    """The AsyncAPI document of what the modules here publish."""
    kinds = [catalog.event(name) for name in catalog.published]
    names = {kind: kind.type for kind in kinds}
    components = Components()
    envelopes = {f"{names[kind]}.event": _event(kind, components.schema(kind)) for kind in kinds}
    envelopes, schemas = components.finish(envelopes)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": title,
            "version": version,
            "description": "The events that this deployment's modules publish. Each is kept in the commit "
            "that caused it; those of one subject are delivered in the order of their commits.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            kind.type: {
                "address": kind.type,
                "summary": summary_of(kind),
                "messages": {names[kind]: {"$ref": f"#/components/messages/{names[kind]}"}},
            }
            for kind in kinds
        },
        "operations": {
            f"publish.{kind.type}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{kind.type}"},
                "summary": summary_of(kind),
            }
            for kind in kinds
        },
        "components": {
            "messages": {
                names[kind]: {
                    "name": kind.type,
                    "title": kind.__name__,
                    "summary": summary_of(kind),
                    "contentType": "application/cloudevents+json",
                    "payload": {"$ref": f"#/components/schemas/{names[kind]}.event"},
                }
                for kind in kinds
            },
            "schemas": {**schemas, **envelopes},
        },
    }


def _event(kind: type[Event], data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": summary_of(kind),
        "required": ["specversion", "id", "source", "type", "time", "organizationid", "data"],
        "properties": {**_ENVELOPE, "type": {"const": kind.type}, "data": data},
    }
