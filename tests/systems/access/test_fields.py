"""Fields that need a permission of their own."""

from __future__ import annotations

import pytest
from msgspec import UNSET, Struct, UnsetType

from backstay.kernel.actor import Permission
from backstay.kernel.module import CompositionError, Module
from backstay.systems.access import FieldRules
from backstay.systems.access.service import Catalogue, FieldForbidden, matrix
from tests.conftest import make_actor

SALARIES = Permission("people:salaries", "See and set salaries")


class Person(Struct, frozen=True):
    name: str
    salary: int | None


class Changes(Struct, frozen=True, kw_only=True):
    name: str | UnsetType = UNSET
    salary: int | UnsetType | None = UNSET


SHOWN = FieldRules(Person, {"salary": SALARIES})
TAKEN = FieldRules(Changes, {"salary": SALARIES})
BOSS = make_actor("boss", permissions=("people:salaries",))
CLERK = make_actor("clerk", permissions=("people:read",))


def test_a_hidden_field_is_null() -> None:
    ada = Person("Ada", 70_000)
    assert SHOWN.shown(BOSS, ada) is ada
    assert SHOWN.shown(CLERK, ada) == Person("Ada", None)


def test_a_field_that_may_not_be_set_is_named() -> None:
    TAKEN.refuse(BOSS, Changes(salary=80_000))
    TAKEN.refuse(CLERK, Changes(name="Ada L."))
    for salary in (80_000, None):
        with pytest.raises(FieldForbidden) as refused:
            TAKEN.refuse(CLERK, Changes(name="Ada L.", salary=salary))
        assert [error.pointer for error in refused.value.extensions["errors"]] == ["/salary"]


def test_a_rule_for_a_field_that_is_not_there_guards_nothing_and_is_refused() -> None:
    with pytest.raises(TypeError, match="Person has no fields wage"):
        FieldRules(Person, {"wage": SALARIES})


def module(*permissions: Permission) -> Module:
    return Module(
        name="people", summary="", package="tests", permissions=permissions, declares=[SHOWN, TAKEN]
    )


def test_declared_rules_are_in_the_catalogue_and_in_the_matrix() -> None:
    catalogue = Catalogue([module(SALARIES)])
    assert catalogue.fields == {"people:salaries": ["Person.salary", "Changes.salary"]}
    page = matrix(catalogue, [], [])
    assert "| `Changes.salary` | `people:salaries` | x | x |  |  |  |  |  |\n" in page
    assert page.index("## Single fields") < page.index("`Changes.salary`") < page.index("`Person.salary`")


def test_a_rule_whose_permission_nobody_declares_stops_the_start() -> None:
    words = "module 'people': Person.salary needs 'people:salaries', which no composed module declares"
    with pytest.raises(CompositionError, match=words):
        Catalogue([module()])
