"""The second wall on PostgreSQL: row-level security under the statement layer.

With `?app_role=NAME` in the database's URL every transaction, reads included, begins by taking
that role and naming its organization, both with SET LOCAL, so that they end with it: also
behind a proxy that lends connections by the transaction. The tables' policies (made after the
migrations, see `kernel.migrations.policies`) let the role see and write rows of that organization
alone. A statement that is declared `unscoped` names `*`.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import Table

from backstay.kernel.database.columns import ORGANIZATION
from backstay.kernel.database.scope import role_of

ORGANIZATION_SETTING: Final = "backstay.organization"
"""The setting that policies compare with."""
EVERY_ORGANIZATION: Final = "*"
"""Its value for statements that cross organizations."""


class Wall:
    """How a transaction says for whom it is."""

    def __init__(self, role: str) -> None:
        """`role`: whose rights it takes, checked to be a plain name."""
        self.role = role

    def begin(self, organization: str) -> str:
        """What a transaction begins with, in the message that opens it: no trip more."""
        return f"SET LOCAL ROLE {self.role}; {self.enter(organization)}"

    def enter(self, organization: str) -> str:
        """What moves an open transaction into an organization, or out of all of them."""
        return f"SET LOCAL {ORGANIZATION_SETTING} = '{organization}'"


def value_of(organization: UUID | None, *, unscoped: bool) -> str:
    """What the setting is for a statement of this organization."""
    return EVERY_ORGANIZATION if unscoped or organization is None else str(organization)


def scoping_column(table: Table) -> str | None:
    """The column that says whose a row is, for tables that belong to organizations."""
    return next((column.name for column in table.columns if role_of(column) == ORGANIZATION), None)
