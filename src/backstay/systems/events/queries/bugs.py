"""The statements of the bugs that the guarantees plant; nothing else uses them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, func, select, update

from backstay.kernel.database import param, statement
from backstay.systems.events.queries.log import LogRow
from backstay.systems.events.tables import log

_ROW = tuple(log.c[name] for name in LogRow.__struct_fields__)

PENDING = statement(
    select(*_ROW).where(log.c.position.is_(None)).order_by(log.c.seq).limit(500), LogRow, unscoped=True
)

_last = select(func.coalesce(func.max(log.c.seq), 0)).where(log.c.position.is_not(None)).scalar_subquery()
_after = (
    select(log.c.seq, func.row_number().over(order_by=log.c.seq).label("number"))
    .where(log.c.seq > _last)
    .order_by(log.c.seq)
    .limit(param("limit", Integer))
    .subquery("after")
)
GIVE_POSITIONS_BY_CURSOR = statement(
    update(log)
    .where(log.c.seq == _after.c.seq)
    .values(position=param("base", BigInteger) + _after.c.number)
    .returning(*_ROW),
    LogRow,
    unscoped=True,
)
"""`WHERE id > last`: passes by whoever wrote first and committed last."""
