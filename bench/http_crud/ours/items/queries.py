"""The module's statements. Organization, stamps and version come from the table."""

from __future__ import annotations

from sqlalchemy import insert, select

from backstay import equals, listing, param, statement
from bench.http_crud.ours.items.contracts import Item, Status
from bench.http_crud.ours.items.tables import items

_COLUMNS = tuple(items.c[name] for name in Item.__struct_fields__)

GET = statement(select(*_COLUMNS).where(items.c.id == param("id")), Item)
ADD = statement(
    insert(items)
    .values(
        id=param("id"),
        title=param("title"),
        body=param("body"),
        status=param("status"),
        priority=param("priority"),
    )
    .returning(*_COLUMNS),
    Item,
)
LIST = listing(
    select(*_COLUMNS),
    Item,
    name="items.list",
    key=items.c.id,
    sorts={"created_at": items.c.created_at},
    default=("-created_at",),
    filters={"status": equals(items.c.status, Status)},
)
