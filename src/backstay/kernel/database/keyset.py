"""The order of a list and the condition that starts a page of it, NULLs last in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, false, or_, tuple_

from backstay.kernel.database.scope import param


def order(column: ColumnElement[Any], descending: bool, *, backward: bool) -> ColumnElement[Any]:
    """One key of an ORDER BY in which NULLs come last, or first when walking backwards."""
    down = descending is not backward
    ordered = column.desc() if down else column.asc()
    if not _nullable(column):
        return ordered
    return ordered.nulls_first() if backward else ordered.nulls_last()


def beyond(
    columns: Sequence[ColumnElement[Any]],
    descending: Sequence[bool],
    nulls: Sequence[bool],
    *,
    backward: bool,
) -> ColumnElement[bool]:
    """Rows strictly after (or before) the position, in an order where NULLs come last."""
    values = [param(f"k_{n}", column.type) for n, column in enumerate(columns)]
    if len(set(descending)) == 1 and not any(_nullable(column) for column in columns):
        # One row comparison instead of a ladder of ORs: both databases turn it into one index range.
        left, right = tuple_(*columns), tuple_(*values)
        return left < right if descending[0] is not backward else left > right
    steps: list[ColumnElement[bool]] = []
    for n, column in enumerate(columns):
        same = [
            columns[m].is_(None) if nulls[m] else columns[m] == values[m]  # earlier keys equal
            for m in range(n)
        ]
        down = descending[n] is not backward
        step: ColumnElement[bool]
        if nulls[n]:
            step = column.is_not(None) if backward else false()
        else:
            step = column < values[n] if down else column > values[n]
            if _nullable(column) and not backward:
                step = or_(step, column.is_(None))
        steps.append(and_(*same, step))
    return or_(*steps)


def _nullable(column: ColumnElement[Any]) -> bool:
    """Whether it may be NULL; of an expression nobody knows."""
    return not isinstance(column, Column) or column.nullable is not False
