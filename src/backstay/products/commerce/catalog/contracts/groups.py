"""Groups of customers, for whom there are prices of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.patterns import MAIL_ADDRESS
from backstay.products.commerce.catalog.contracts.fields import GroupCode, Title

GROUPS: Final = 200
"""Groups of a shop, at most."""

MemberMail = Annotated[str, Meta(max_length=254, pattern=MAIL_ADDRESS, examples=["ada@example.test"])]


class NewCustomerGroup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of customers to be made; nobody is in it at first."""

    code: GroupCode
    """What price lists call it; it stays as it is."""
    name: Title


class CustomerGroupChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a group is to be called."""

    name: Title


class CustomerGroup(Struct, frozen=True):
    """A group of customers."""

    id: UUID
    code: str
    name: str
    members: int
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change of its name; send it back as `If-Match`."""


class NewGroupMember(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes into a group: an account, or whoever shows that an address is theirs. One of the two."""

    customer_id: UUID | None = None
    mail: MemberMail | None = None
    """It counts for the account that has verified it, and for no cart in which it was merely typed."""


class GroupMember(Struct, frozen=True):
    """Somebody in a group."""

    id: UUID
    customer_id: UUID | None
    mail: str | None
    added_at: datetime
