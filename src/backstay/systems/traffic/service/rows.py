"""From a finished request to a row of the log, redacted and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import msgspec

from backstay.kernel.http import network_of
from backstay.kernel.observation import Moment, Record
from backstay.systems.traffic.service import redaction

MAX_CAUSES: Final = 200
"""Causes kept of one request; of more, the first and the last few, and how many lay between."""
_LAST_CAUSES: Final = 10
_encode = msgspec.json.Encoder(enc_hook=str).encode


def row_of(record: Record, body_cap: int, key: bytes = b"", *, left_out: int = 0) -> dict[str, Any]:
    """The columns of a request, all but its id. No secret of the request is in any of them.

    `key`: without it nobody can try addresses out against the digests. `left_out`: requests that were not
    kept since the one before.
    """
    actor = record.actor
    return {
        "organization_id": actor.organization_id if actor is not None else None,
        "at": datetime.fromtimestamp(record.started_unix_ns / 1e9, UTC),
        "method": record.method,
        "path": redaction.path(record.path, record.route),
        "route": record.route,
        "status": record.status,
        "error": record.error,
        "actor": actor.name if actor is not None else None,
        "duration_us": (record.ended_ns - record.started_ns) // 1000,
        "statements": sum(1 for moment in record.moments if moment.kind == "statement"),
        "response_bytes": record.response_bytes,
        "abandoned": record.abandoned,
        "request_id": record.request_id,
        "trace_id": record.trace_id,
        "actor_id": actor.id if actor is not None else None,
        "impersonator_id": actor.impersonator_id if actor is not None else None,
        "client": _digest(record.client, key),
        "actor_kind": actor.kind.value if actor is not None else None,
        "session_id": actor.session_id if actor is not None else None,
        "by_cookie": _by_cookie(record.request_headers),
        "left_out": left_out,
        "request_bytes": record.request_bytes,
        "query": redaction.query(record.query),
        # Encoded here, once: rows that wait for the database are then small.
        "request_headers": msgspec.Raw(_encode(redaction.headers(record.request_headers))),
        "response_headers": msgspec.Raw(_encode(redaction.headers(record.response_headers))),
        "request_body": redaction.body(record.request_body, body_cap),
        "response_body": redaction.body(record.response_body, body_cap),
        "causes": msgspec.Raw(_encode(_causes(record.moments))),
    }


def _digest(client: str | None, key: bytes) -> str | None:
    """Tells callers apart as limits do, and shows nobody where they are."""
    network = network_of(client)
    return None if network is None else blake2b(network.encode(), key=key, digest_size=8).hexdigest()


def _by_cookie(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    names = {name for name, _ in headers}
    return b"cookie" in names and names.isdisjoint({b"authorization", b"x-api-key"})


def id_at(moment: datetime) -> UUID:
    """The smallest UUIDv7 (RFC 9562, 5.7) of a moment's millisecond."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0b10 << 62))


def _causes(moments: list[Moment]) -> list[dict[str, Any]]:
    left_out = len(moments) - MAX_CAUSES
    if left_out > 0:
        moments = [*moments[: MAX_CAUSES - _LAST_CAUSES], *moments[-_LAST_CAUSES:]]
    # Noted when they end, shown as they begin: what holds others comes before them.
    causes = [
        {
            "kind": moment.kind,
            "name": moment.name,
            "started_us": moment.started_ns // 1000,
            "duration_us": moment.duration_ns // 1000,
            "detail": moment.detail,
        }
        for moment in sorted(moments, key=lambda moment: (moment.started_ns, -moment.duration_ns))
    ]
    if left_out > 0:
        note = {"kind": "note", "name": f"{left_out} more", "started_us": 0, "duration_us": 0, "detail": None}
        causes.append(note)
    return causes
