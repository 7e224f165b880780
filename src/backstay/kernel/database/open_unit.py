"""The edge's hold on a unit of work."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Final

from backstay.kernel.database.together import names
from backstay.kernel.database.unit import UnitOfWork
from backstay.kernel.observation import current_record

_in_unit: Final[ContextVar[bool]] = ContextVar("backstay_in_unit", default=False)


class OpenUnit(AbstractAsyncContextManager[UnitOfWork]):
    """The edge's hold on a unit of work: commits when the block ends well, rolls back when it does not."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._token: Token[bool] | None = None

    async def __aenter__(self) -> UnitOfWork:
        if _in_unit.get():
            # On SQLite the inner unit would wait for ever for the writer that the outer one holds.
            raise RuntimeError("a unit of work is already open here: pass it on instead of opening another")
        self._token = _in_unit.set(True)
        return self._unit

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _in_unit.reset(self._token)
        transaction = self._unit._transaction  # noqa: SLF001 - the unit keeps its transaction from services, not from its edge
        if kind is not None:
            await transaction.rollback()
            return
        try:
            whole = await self._unit._finish_writing()  # noqa: SLF001 - as above
        except BaseException:
            await transaction.rollback()
            raise
        started = time.perf_counter_ns()
        try:
            await transaction.commit(whole)
        except BaseException as failure:
            if (record := current_record.get()) is not None:
                record.note("commit", "commit", started, {"error": type(failure).__name__})
            raise
        if (record := current_record.get()) is not None:
            if whole:
                *riders, last = whole
                record.note("statement", last.compiled.name, started, names(riders) | {"commit": True})
            else:
                record.note("commit", "commit", started)
        self._unit._tell()  # noqa: SLF001 - as above
