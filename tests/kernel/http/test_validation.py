"""Naming every field at fault, and never disagreeing with msgspec about whether there is one."""

from __future__ import annotations

import enum
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NewType, TypeVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct, UnsetType

from backstay.kernel.http.validation import (
    MAX_ERRORS,
    check,
    control_characters,
    escape,
    explain,
    open_structs,
)

T = TypeVar("T")
Name = NewType("Name", str)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Item(Struct, forbid_unknown_fields=True):
    price: Annotated[int, Meta(ge=0)]
    name: Name
    colour: Colour = Colour.RED


class Cat(Struct, tag="cat", forbid_unknown_fields=True):
    lives: int


class Dog(Struct, tag="dog", forbid_unknown_fields=True):
    good: bool


class Box(Struct, Generic[T]):
    content: T


class Even(Struct):
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("must be even")


class Point(Struct, array_like=True):
    x: int
    y: int


class Tree(Struct, forbid_unknown_fields=True):
    value: int
    children: list[Tree] = []


class Order(Struct, rename="camel", forbid_unknown_fields=True):
    line_items: Annotated[list[Item], Meta(min_length=1)]
    by_name: dict[Annotated[str, Meta(max_length=3)], int] = {}
    pet: Cat | Dog | None = None
    size: tuple[int, str] | None = None
    box: Box[Annotated[int, Meta(le=5)]] | None = None
    at: datetime | UnsetType = msgspec.UNSET
    note: str | int | None = None


def faults(kind: Any, value: Any) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in check(kind, value, "")]


def test_what_is_right_has_no_faults() -> None:
    right = {
        "lineItems": [{"price": 1, "name": "x"}],
        "byName": {"abc": 1},
        "pet": {"type": "dog", "good": True},
        "size": [1, "x"],
        "box": {"content": 5, "unknown": "is fine in an open struct"},
        "at": "2026-01-01T00:00:00Z",
    }
    assert faults(Order, right) == []


def test_every_fault_is_named_where_it_is() -> None:
    wrong = {
        "lineItems": [{"price": -1, "name": 3}, {"colour": "green", "extra/~": 1}, None],
        "byName": {"abcd": "x", "a": 1},
        "pet": {"type": "cat", "lives": "nine"},
        "size": [1, 2],
        "box": {"content": 6},
        "at": "yesterday",
        "note": [],
        "line_items": [],
    }
    assert faults(Order, wrong) == [
        ("/lineItems/0/price", "range"),
        ("/lineItems/0/name", "type"),
        ("/lineItems/1/price", "required"),
        ("/lineItems/1/name", "required"),
        ("/lineItems/1/colour", "choice"),
        ("/lineItems/1/extra~1~0", "unknown"),
        ("/lineItems/2", "type"),
        ("/byName/abcd", "length"),
        ("/byName/abcd", "type"),
        ("/pet/lives", "type"),
        ("/size/1", "type"),
        ("/box/content", "range"),
        ("/at", "format"),
        ("/note", "type"),
        ("/line_items", "unknown"),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "pointer", "code", "message"),
    [
        (int, "x", "", "type", "must be a whole number, not text"),
        (int | None, [], "", "type", "must be a whole number or null, not a list"),
        (Annotated[int, Meta(ge=1)], 0, "", "range", "must be at least 1"),
        (Annotated[float, Meta(gt=1)], 1, "", "range", "must be more than 1.0"),
        (Annotated[float, Meta(lt=1)], 1, "", "range", "must be less than 1.0"),
        (Annotated[int, Meta(multiple_of=5)], 4, "", "range", "must be a multiple of 5"),
        (Annotated[str, Meta(min_length=2)], "a", "", "length", "must have at least 2 characters"),
        (Annotated[list[int], Meta(max_length=1)], [1, 2], "", "length", "must have at most 1 items"),
        (Annotated[str, Meta(pattern="^a$")], "b", "", "format", "must match '^a$'"),
        (Colour, "green", "", "choice", "cannot be 'green'"),
        (Literal["a", "b"], "c", "", "choice", "cannot be 'c'"),
        (UUID, "x", "", "format", "must be a UUID"),
        (date, "x", "", "format", "must be an RFC 3339 date"),
        (datetime, "x", "", "format", "must be an RFC 3339 date and time"),
        (time, "x", "", "format", "must be an RFC 3339 time"),
        (timedelta, "x", "", "format", "must be an ISO 8601 duration"),
        (Decimal, "x", "", "format", "must be a decimal number"),
        (bytes, "?", "", "format", "must be base64"),
        (Annotated[datetime, Meta(tz=True)], "2026-01-01T00:00:00", "", "format", "must have a time zone"),
        (tuple[int, int], [1], "", "length", "must have 2 items"),
        (Even, {"number": 3}, "", "invalid", "must be even"),
        (Cat | Dog, {"type": "cow"}, "/type", "choice", "cannot be 'cow'"),
        (Cat | Dog, {}, "/type", "required", "is required"),
        (Cat, {"type": "dog", "lives": 1}, "/type", "choice", "must be 'cat'"),
        (Point, [1, "x"], "", "type", "must be a whole number, not text"),
        (dict, [], "", "type", "must be an object, not a list"),
        (list, {}, "", "type", "must be a list, not an object"),
        (list[int] | dict[str, int], {"a": "b"}, "/a", "type", "must be a whole number, not text"),
        (list[int] | dict[str, int], ["b"], "/0", "type", "must be a whole number, not text"),
    ],
)
def test_words(kind: Any, value: Any, pointer: str, code: str, message: str) -> None:
    (error,) = check(kind, value, "")
    assert (error.pointer, error.code, error.message) == (pointer, code, message)


def test_words_for_what_msgspec_may_say_one_day() -> None:
    assert explain(msgspec.ValidationError("Something new - at `$.a`")) == ("invalid", "Something new")


def test_no_more_faults_than_a_person_reads() -> None:
    assert len(check(list[int], ["x"] * 1000, "")) == MAX_ERRORS
    assert len(check(Item, {str(n): n for n in range(1000)}, "")) == MAX_ERRORS


def test_a_deep_tree_is_walked_only_so_far() -> None:
    tree: dict[str, Any] = {"value": "x"}
    for _ in range(100):
        tree = {"value": 1, "children": [tree]}
    (error,) = check(Tree, tree, "")
    assert error.code == "type"
    assert 10 < error.pointer.count("/children") < 100


def test_structs_that_let_unknown_fields_pass() -> None:
    assert open_structs(Order) == [Box]
    assert open_structs(Tree) == []
    assert open_structs(dict[str, list[Even]]) == [Even]


def test_nul_is_found_in_keys_and_values() -> None:
    value = {"a\0": ["x", "y\0"], "b": 1}
    assert [error.pointer for error in control_characters(value, "")] == ["/a\0", "/a\0/1"]


def test_pointers_are_escaped() -> None:
    assert escape("a/b~c") == "a~1b~0c"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10)
    | st.floats(allow_nan=False, width=16)
    | st.text("ab2-:T", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["a", "type", "price", "name", "lives", "value", "children", "content", "number"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
order_values = st.fixed_dictionaries(
    {},
    optional={
        "lineItems": st.lists(
            st.fixed_dictionaries({"price": json_values, "name": st.text(max_size=2)}) | json_values,
            max_size=3,
        ),
        "byName": st.dictionaries(st.text("ab", max_size=5), json_values, max_size=2) | json_values,
        "pet": st.fixed_dictionaries(
            {"type": st.sampled_from(["cat", "dog", "cow"])},
            optional={"lives": json_values, "good": json_values},
        )
        | json_values,
        "size": st.lists(json_values, max_size=3),
        "box": st.fixed_dictionaries({"content": json_values}) | json_values,
        "at": json_values,
        "note": json_values,
        "more": json_values,
    },
)
KINDS = [
    Order,
    Item,
    Tree,
    Even,
    Point,
    Cat | Dog | None,
    Box[int] | list[int],
    dict[Annotated[str, Meta(max_length=2)], int],
    dict[int, bool],
    list[Item | None],
    set[int],
    tuple[int, ...],
    tuple[int, Item],
    Colour | None,
    int | str | list[int],
    Any,
]


@settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from(KINDS), value=json_values | order_values)
def test_the_walk_finds_faults_exactly_when_msgspec_does(kind: Any, value: Any) -> None:
    raw = msgspec.json.encode(value)
    data = msgspec.json.decode(raw)
    try:
        msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        assert check(kind, data, "")
    else:
        assert check(kind, data, "") == []


@settings(max_examples=100, deadline=None)
@given(value=order_values)
def test_mending_every_named_fault_mends_the_whole(value: Any) -> None:
    """A pointer names something that is there, or a field that is required."""
    for error in check(Order, value, ""):
        place: Any = value
        *path, last = [step.replace("~1", "/").replace("~0", "~") for step in error.pointer.split("/")][
            1:
        ] or [""]
        for step in path:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if isinstance(place, list):
            assert int(last) < len(place)
        elif error.code != "required":
            assert last in place or last == ""
