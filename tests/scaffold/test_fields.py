"""Fields and names, as they are typed."""

from __future__ import annotations

import pytest

from backstay.scaffold.fields import KINDS, Field, ScaffoldError, check_name, parse, plural_of


def test_fields_are_parsed_with_the_required_ones_first() -> None:
    assert parse(["note:text?", "title", "amount:int"]) == [
        Field("title", KINDS["str"], optional=False),
        Field("amount", KINDS["int"], optional=False),
        Field("note", KINDS["text"], optional=True),
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (["amount:integer"], "no type is called 'integer'; there are str, text, email, int"),
        (["version:int"], "a field cannot be called 'version'"),
        (["Title:str"], "'Title' cannot name a field"),
        (["class:str"], "'class' cannot name a field"),
        ([":str"], "'' cannot name a field"),
        (["title", "title:text"], "two fields are called 'title'"),
    ],
)
def test_what_is_no_field_is_refused(fields: list[str], words: str) -> None:
    with pytest.raises(ScaffoldError) as refusal:
        parse(fields)

    assert words in str(refusal.value)


@pytest.mark.parametrize("name", ["Lead", "2nd", "a-b", "a__b", "_a", "import", "x" * 41])
def test_what_cannot_name_a_module_is_refused(name: str) -> None:
    with pytest.raises(ScaffoldError):
        check_name(name, "a module")


@pytest.mark.parametrize(
    ("one", "many"),
    [("lead", "leads"), ("box", "boxes"), ("category", "categories"), ("day", "days"), ("batch", "batches")],
)
def test_plurals(one: str, many: str) -> None:
    assert plural_of(one) == many
