"""The fields of a new module, as they are typed on the command line: `title:str`, `due:datetime?`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct


class ScaffoldError(Exception):
    """A project or module cannot be written; the message says why and what to do."""


class Kind(Struct, frozen=True):
    """How one type of field is spelled everywhere."""

    python: str
    """In contracts and signatures."""
    wire: str
    """In request bodies, with its limits."""
    column: str
    """In tables.py."""
    migration: str
    """In migrations."""
    sample: str
    """In seed.py, from `seeding`."""
    first: object
    """A value for tests, as JSON."""
    second: object
    """Another one."""


_JSON_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 8259, 6)."""


def _text(longest: int, sample: str, first: str, second: str) -> Kind:
    return Kind(
        python="str",
        wire=f"Annotated[str, Meta(min_length=1, max_length={longest})]",
        column="Text",
        migration="sa.Text()",
        sample=sample,
        first=first,
        second=second,
    )


KINDS: Final = {
    "str": _text(200, "seeding.title()", "The first", "The second"),
    "text": _text(10_000, "seeding.paragraph()", "Something longer.", "Something else."),
    "email": _text(254, "seeding.email()", "ada@example.test", "grace@example.test"),
    "int": Kind(
        python="int",
        wire=f"Annotated[int, Meta(ge=-{_JSON_INTEGER}, le={_JSON_INTEGER})]",
        column="BigInteger",
        migration="sa.BigInteger()",
        sample="seeding.random.randrange(1, 1000)",
        first=1,
        second=2,
    ),
    "money": Kind(
        python="int",
        wire=f'Annotated[int, Meta(ge=0, le={_JSON_INTEGER}, description="In minor units.")]',
        column="BigInteger",
        migration="sa.BigInteger()",
        sample="seeding.money(100, 100_000)",
        first=1999,
        second=2500,
    ),
    "bool": Kind(
        python="bool",
        wire="bool",
        column="Boolean",
        migration="sa.Boolean()",
        sample="seeding.chance(0.5)",
        first=False,
        second=True,
    ),
    "datetime": Kind(
        python="datetime",
        wire="Annotated[datetime, Meta(tz=True)]",
        column="Timestamp",
        migration="Timestamp()",
        sample="seeding.past(days=30)",
        first="2026-01-02T03:04:05Z",
        second="2026-11-21T12:00:00Z",
    ),
    "uuid": Kind(
        python="UUID",
        wire="UUID",
        column="Uuid",
        migration="Uuid()",
        sample="seeding.uuid()",
        first="01938a5e-0000-7000-8000-000000000001",
        second="01938a5e-0000-7000-8000-000000000002",
    ),
}
TAKEN: Final = frozenset(
    {
        "id",
        "organization_id",
        "version",
        "created_at",
        "created_by",
        "updated_at",
        "updated_by",
        "deleted_at",
        "metadata",
        "expected",
        "uow",
        "reader",
        "query",
        "data",
        "self",
    }
)
"""Names that every module uses for something else."""


class Field(Struct, frozen=True):
    """One field."""

    name: str
    kind: Kind
    optional: bool

    @property
    def python(self) -> str:
        """Its type, `| None` included."""
        return f"{self.kind.python} | None" if self.optional else self.kind.python

    @property
    def wire(self) -> str:
        """Its type in a request body, with a default when it may be left out."""
        return f"{self.kind.wire} | None = None" if self.optional else self.kind.wire


def parse(texts: Iterable[str]) -> list[Field]:
    """The fields, required ones first.

    Raises:
        ScaffoldError: a text is no field, a type does not exist, or a name cannot be used.
    """
    fields: list[Field] = []
    for text in texts:
        name, _, kind = text.partition(":")
        optional = kind.endswith("?")
        kind = kind.removesuffix("?") or "str"
        check_name(name, "a field")
        if kind not in KINDS:
            raise ScaffoldError(f"{text!r}: no type is called {kind!r}; there are {', '.join(KINDS)}")
        if name in TAKEN:
            raise ScaffoldError(f"a field cannot be called {name!r}: every module uses that name already")
        if any(name == field.name for field in fields):
            raise ScaffoldError(f"two fields are called {name!r}")
        fields.append(Field(name, KINDS[kind], optional))
    return sorted(fields, key=lambda field: field.optional)


def check_name(name: str, what: str) -> None:
    """Refuse a name that is no lower-case Python identifier.

    Raises:
        ScaffoldError: it is none.
    """
    if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) is None or keyword.iskeyword(name):
        raise ScaffoldError(
            f"{name!r} cannot name {what}: use lower-case letters, digits and _, as in sales_lead"
        )
    if len(name) > 40:
        raise ScaffoldError(f"{name!r} is longer than 40 characters")


def plural_of(name: str) -> str:
    """The English plural, for table and path; say `--plural` where it is wrong."""
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    if re.search(r"(s|x|z|ch|sh)$", name):
        return f"{name}es"
    return f"{name}s"
