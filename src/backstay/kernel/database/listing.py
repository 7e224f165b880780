"""Lists: filters, sorts and cursors over (sort keys, id), compiled once per shape.

A cursor holds the last row's sort values and id, signed and bound to the list, its sort
and its filters; the next page is a strict comparison against them, so rows that come and
go in between neither repeat nor hide the lasting ones. NULLs sort last in both
directions, on both databases, and the comparison knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Select

from backstay.kernel.database import scope
from backstay.kernel.database.compiled import Compiled, check_row, compile_expression
from backstay.kernel.database.cursors import Marks, Position, opened, sealed
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.filters import Filter
from backstay.kernel.database.keyset import beyond, order
from backstay.kernel.database.scope import Deleted, param
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.signing import Signer

T = TypeVar("T")

MAX_LIMIT: Final = 100
MAX_SORTS: Final = 3
_CACHED: Final = 256
_KEYS: Final = tuple(f"k_{n}" for n in range(MAX_SORTS + 1))
"""The parameters that a cursor's values are."""


class Page(Struct, Generic[T], frozen=True):
    """One page of a list. There is no total: counting costs more than the page."""

    items: list[T]
    next_cursor: str | None
    """Send it as `cursor` for the rows after these; null at the end."""
    previous_cursor: str | None
    """Send it as `cursor` for the rows before these; null at the beginning."""


class ListRequest(Struct, frozen=True, kw_only=True):
    """What a client asks of a list."""

    limit: int = 20
    """Rows a page, 1 to 100."""
    sort: Sequence[str] = ()
    """Names of sorts, `-` in front for descending; the list's own order when empty."""
    cursor: str | None = None
    filters: Mapping[str, Any] = {}
    """Values by filter name, already of the filter's type."""


class _Key(Struct, frozen=True):
    name: str
    descending: bool


class _Shape(NamedTuple):
    """A list's statement for one combination of sort, filters and direction."""

    compiled: Compiled
    places: tuple[int, ...]
    """Where in a row the values stand that a cursor holds."""


class _Order(Struct, frozen=True):
    """What a list is asked for, checked: the same for every page, and remembered."""

    keys: tuple[_Key, ...]
    filters: tuple[tuple[str, str], ...]
    """Their names, sorted, and as the statement's parameters."""
    kinds: tuple[Any, ...]
    """The types of the values that a cursor holds."""
    shapes: dict[Any, _Shape]
    """By dialect, direction, and which of a cursor's values are null."""
    marks: Marks


class _Query(NamedTuple, Generic[T]):
    """A page's compiled statement, its parameters, and how rows become the page."""

    compiled: Compiled
    parameters: dict[str, Any]
    page: Callable[[Sequence[Sequence[Any]]], Page[T]]


class Listing(Generic[T]):
    """A list that clients page through, with the sorts and filters it offers."""

    def __init__(
        self,
        select: Select[Any] | Mapping[Dialect, Select[Any]],
        row: type[T],
        *,
        name: str,
        key: Column[Any],
        sorts: Mapping[str, ColumnElement[Any]],
        default: Sequence[str],
        filters: Mapping[str, Filter] | None = None,
        deleted: Deleted = Deleted.HIDDEN,
        unscoped: bool = False,
    ) -> None:
        """Use `listing()`."""
        self.name = name
        self.row = row
        self.sorts = dict(sorts)
        self.filters = dict(filters or {})
        self.default = tuple(default)
        self._key = key
        both = select if isinstance(select, Mapping) else {"sqlite": select, "postgresql": select}
        self._selects: dict[str, Select[Any]] = {str(dialect): one for dialect, one in both.items()}
        self._deleted = deleted
        self._unscoped = unscoped
        self._orders: dict[Any, _Order] = {}
        self._shapes = 0
        check_row(self._selects["sqlite"], row, name)
        errors: list[FieldError] = []
        self._keys_of(ListRequest(), errors)
        if errors:
            raise TypeError(f"{name}: {errors[0].message}")

    def query(
        self, request: ListRequest, parameters: Mapping[str, Any], cursors: Signer, dialect: Dialect
    ) -> _Query[T]:
        """The statement for a request; used by `Reader.page`."""
        order = self._orders.get((tuple(request.sort), tuple(request.filters)))
        if order is None or not 1 <= request.limit <= MAX_LIMIT:
            order = self._judged(request)
        shape = order.marks.of(request.filters, parameters)
        position = opened(request.cursor, shape, len(order.kinds), cursors)
        arguments: dict[str, Any] = {parameter: request.filters[name] for name, parameter in order.filters}
        if position is None:
            backward, nulls = False, None
        else:
            backward = position.backward
            values = position.typed(order.kinds)
            nulls = tuple([value is None for value in values])
            arguments |= {key: value for key, value in zip(_KEYS, values, strict=False) if value is not None}
        arguments |= parameters
        arguments["limit"] = request.limit + 1
        known = order.shapes.get((dialect, backward, nulls))
        compiled, places = known or self._compiled(order, nulls, dialect, backward=backward)

        def page(rows: Sequence[Sequence[Any]]) -> Page[T]:
            more = len(rows) > request.limit
            shown = list(rows[: request.limit])
            if backward:
                shown.reverse()

            def cursor(row: Sequence[Any], *, back: bool) -> str:
                return sealed(Position(shape, back, list(map(row.__getitem__, places))), cursors)

            before = more if backward else position is not None
            after = True if backward else more
            return Page(
                list(map(compiled.decode, shown)),
                cursor(shown[-1], back=False) if after and shown else None,
                cursor(shown[0], back=True) if before and shown else None,
            )

        return _Query(compiled, arguments, page)

    def _judged(self, request: ListRequest) -> _Order:
        """What the request asks for; everything that is wrong with it is named together."""
        errors: list[FieldError] = []
        keys = self._keys_of(request, errors)
        if not 1 <= request.limit <= MAX_LIMIT:
            errors.append(FieldError(pointer="?limit", code="range", message=f"must be 1 to {MAX_LIMIT}"))
        errors += [
            FieldError(
                pointer=f"?{name}",
                code="unknown",
                message=f"no such filter; there are: {self._offer(self.filters)}",
            )
            for name in request.filters
            if name not in self.filters
        ]
        if errors:
            raise Invalid(*errors)
        kinds = tuple(column.type.python_type for column in self._columns(keys))
        filters = tuple((name, f"f_{name}") for name in sorted(request.filters))
        order = _Order(keys, filters, kinds, {}, Marks(self.name, keys))
        if len(self._orders) == _CACHED:
            self._forget()
        self._orders[tuple(request.sort), tuple(request.filters)] = order
        return order

    def _offer(self, names: Mapping[str, Any]) -> str:
        return ", ".join(sorted(names)) or "none"

    def _keys_of(self, request: ListRequest, errors: list[FieldError]) -> tuple[_Key, ...]:
        keys: list[_Key] = []
        wanted = request.sort or self.default
        if len(wanted) > MAX_SORTS:
            errors.append(FieldError(pointer="?sort", code="length", message=f"at most {MAX_SORTS} keys"))
        for word in wanted[:MAX_SORTS]:
            name = word.removeprefix("-")
            if name not in self.sorts:
                message = f"cannot sort by {name!r}; there are: {self._offer(self.sorts)}"
                errors.append(FieldError(pointer="?sort", code="choice", message=message))
            elif any(key.name == name for key in keys):
                errors.append(
                    FieldError(pointer="?sort", code="duplicate", message=f"{name!r} is named twice")
                )
            else:
                keys.append(_Key(name, word.startswith("-")))
        return tuple(keys)

    def _columns(self, keys: tuple[_Key, ...]) -> list[ColumnElement[Any]]:
        return [*(self.sorts[key.name] for key in keys), self._key]

    def _compiled(
        self, asked: _Order, nulls: tuple[bool, ...] | None, dialect: Dialect, *, backward: bool
    ) -> _Shape:
        keys = asked.keys
        columns = self._columns(keys)
        # The tie-breaker follows the direction of the first key, so that one index serves both.
        descending = [key.descending for key in keys]
        descending.append(descending[0] if descending else False)
        query = self._selects[dialect]
        for name, parameter in asked.filters:
            chosen = self.filters[name]
            query = query.where(chosen.condition(param(parameter, chosen.db_type)))
        if nulls is not None:
            query = query.where(beyond(columns, descending, nulls, backward=backward))
        query = query.order_by(
            *(
                order(column, down, backward=backward)
                for column, down in zip(columns, descending, strict=True)
            )
        )
        # A key that the row shows anyway is read there; only others are selected behind it, unseen.
        shown = list(self._selects[dialect].selected_columns)
        places: list[int] = []
        hidden: list[ColumnElement[Any]] = []
        for n, column in enumerate(columns):
            place = next((at for at, one in enumerate(shown) if one is column), None)
            if place is None:
                place = len(shown) + len(hidden)
                hidden.append(column.label(f"_key_{n}"))
            places.append(place)
        query = query.add_columns(*hidden).limit(param("limit"))
        scoped = scope.apply(query, unscoped=self._unscoped, deleted=self._deleted)
        compiled = compile_expression(scoped, self.row, dialect, name=self.name, hidden=len(hidden))
        done = _Shape(compiled._replace(unscoped=self._unscoped), tuple(places))
        if self._shapes == _CACHED:
            self._forget()
        asked.shapes[dialect, backward, nulls] = done
        self._shapes += 1
        return done

    def _forget(self) -> None:
        self._orders.clear()
        self._shapes = 0


def listing(
    select: Select[Any] | Mapping[Dialect, Select[Any]],
    row: type[T],
    *,
    name: str,
    key: Column[Any],
    sorts: Mapping[str, ColumnElement[Any]],
    default: Sequence[str],
    filters: Mapping[str, Filter] | None = None,
    deleted: Deleted = Deleted.HIDDEN,
    unscoped: bool = False,
) -> Listing[T]:
    """Declare a list.

    Args:
        select: the rows, without order or limit; its parameters are passed to `Reader.page`.
        row: a struct whose fields are the selected columns.
        name: unique, `module.list`; part of what a cursor is bound to.
        key: the unique column that breaks ties, usually the id.
        sorts: what clients may sort by: columns, or expressions that the select's sources offer
            under the same name on both databases. NULLs sort last.
        default: the order when none is asked for, as in `ListRequest.sort`.
        filters: what clients may filter by.
        deleted: which rows of tables with soft deletion it shows.
        unscoped: True lets it cross organizations; only for the house's own upkeep.

    Raises:
        TypeError: the row does not match the select, or the default order names no sort.
    """
    return Listing(
        select,
        row,
        name=name,
        key=key,
        sorts=sorts,
        default=default,
        filters=filters,
        deleted=deleted,
        unscoped=unscoped,
    )
