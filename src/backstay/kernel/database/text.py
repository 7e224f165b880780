"""SQL by hand, for what Core cannot say: the same typed parameters and rows as any other statement."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import Executable, bindparam, column
from sqlalchemy import text as sql_text
from sqlalchemy.types import TypeEngine

from backstay.kernel.database.scope import PARAM_PREFIX

_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_]+)\b")

ColumnType = TypeEngine[Any] | type[TypeEngine[Any]]


def sql(
    text: str, *, given: dict[str, ColumnType] | None = None, rows: dict[str, ColumnType] | None = None
) -> Executable:
    """An expression from SQL text, for `statement`; belongs into `queries` like everything else.

    The rules of the house (organization, soft deletion, stamps) are not added to it: the text
    says all of it. Casts are written `CAST(:x AS type)`.

    Args:
        text: the SQL of one database; `:name` are its parameters.
        given: the parameters' types.
        rows: the selected columns with their types, in order.
    """
    parameters = [
        bindparam(PARAM_PREFIX + name, type_=type_, required=True) for name, type_ in (given or {}).items()
    ]
    clause = sql_text(_PARAMETER.sub(rf":{PARAM_PREFIX}\1", text)).bindparams(*parameters)
    return clause.columns(*(column(name, type_) for name, type_ in rows.items())) if rows else clause
