"""The request log's one table; its rows belong to the organization that asked, or to none."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from backstay.kernel.database import Json, Timestamp, Uuid, id_column, module_tables

metadata = module_tables("traffic")

requests = Table(
    "traffic_requests",
    metadata,
    id_column(),
    # Without the organization's role: rows are written in batches by the house itself, for many
    # organizations at once, and operators read across them. The queries scope by hand.
    Column("organization_id", Uuid, nullable=True),
    Column("at", Timestamp, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("route", Text, nullable=True),
    Column("status", Integer, nullable=True),
    Column("error", Text, nullable=True),
    Column("actor", Text, nullable=True),
    Column("duration_us", BigInteger, nullable=False),
    Column("statements", Integer, nullable=False),
    Column("response_bytes", BigInteger, nullable=False),
    Column("abandoned", Boolean, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("actor_id", Uuid, nullable=True),
    Column("request_bytes", BigInteger, nullable=False),
    Column("query", Text, nullable=False),
    Column("request_headers", Json, nullable=False),
    Column("response_headers", Json, nullable=False),
    Column("request_body", Text, nullable=True),
    Column("response_body", Text, nullable=True),
    Column("causes", Json, nullable=False),
    Column("impersonator_id", Uuid, nullable=True),
    # Who asked, as limits count callers: `client` is a digest that shows no address.
    Column("client", Text, nullable=True),
    Column("actor_kind", Text, nullable=True),
    Column("session_id", Uuid, nullable=True),
    Column("by_cookie", Boolean, nullable=True),
    # How many the process left out since the one before that it kept: unknown in rows of an older program.
    Column("left_out", BigInteger, nullable=True),
    Index(None, "at", "id"),
    Index(None, "trace_id"),
)
