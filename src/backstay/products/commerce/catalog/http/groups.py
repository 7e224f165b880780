"""Groups of customers, for merchants."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    delete,
    get,
    patch,
    post,
)
from backstay.products.commerce.catalog.contracts.groups import (
    CustomerGroup,
    CustomerGroupChanges,
    GroupMember,
    NewCustomerGroup,
    NewGroupMember,
)
from backstay.products.commerce.catalog.errors import (
    CodeTaken,
    GroupUsed,
    NoSuchGroup,
    NoSuchMember,
    Stale,
    TooManyGroups,
)
from backstay.products.commerce.catalog.http.permissions import GROUPS, READ
from backstay.products.commerce.catalog.queries import groups as queries
from backstay.products.commerce.catalog.service import groups as service
from backstay.products.commerce.shops import NoSuchShop, Slug, own


class CustomerGroupsController(Controller):
    """Customers who have prices of their own."""

    path: ClassVar[str] = "/shops/{shop:str}/customer-groups"
    name: ClassVar[str] = "customer_groups"

    @get(permission=READ, listing=queries.LIST, problems=[NoSuchShop])
    async def list(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[CustomerGroup]:
        """List a shop's groups of customers, by code."""
        return await service.list_(reader, await own(reader, shop), query)

    @post(permission=GROUPS, problems=[NoSuchShop, CodeTaken, TooManyGroups])
    async def create(
        self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[NewCustomerGroup]
    ) -> CustomerGroup:
        """Make a group; price lists are for it by its code."""
        return await service.create(uow, await own(uow, shop), data)

    @get("/{group_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchGroup])
    async def read(self, reader: Reader, shop: FromPath[Slug], group_id: FromPath[UUID]) -> CustomerGroup:
        """Read a group."""
        return await service.get(reader, await own(reader, shop), group_id)

    @patch("/{group_id:uuid}", permission=GROUPS, problems=[NoSuchShop, NoSuchGroup, Stale])
    async def rename(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        group_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[CustomerGroupChanges],
    ) -> CustomerGroup:
        """Call a group otherwise, unless it was changed since you read it."""
        return await service.rename(uow, await own(uow, shop), group_id, data, expected=expected)

    @delete("/{group_id:uuid}", permission=GROUPS, problems=[NoSuchShop, NoSuchGroup, GroupUsed, Stale])
    async def remove(
        self, uow: UnitOfWork, shop: FromPath[Slug], group_id: FromPath[UUID], expected: IfMatch
    ) -> None:
        """Remove a group that no price list is for, unless it was changed since you read it."""
        await service.remove(uow, await own(uow, shop), group_id, expected=expected)

    @get(
        "/{group_id:uuid}/members",
        permission=GROUPS,
        listing=queries.MEMBERS,
        problems=[NoSuchShop, NoSuchGroup],
    )
    async def list_members(
        self, reader: Reader, shop: FromPath[Slug], group_id: FromPath[UUID], query: ListQuery
    ) -> Page[GroupMember]:
        """List who is in a group, who came last first."""
        return await service.members(reader, await own(reader, shop), group_id, query)

    @post("/{group_id:uuid}/members", permission=GROUPS, status=200, problems=[NoSuchShop, NoSuchGroup])
    async def add_member(
        self, uow: UnitOfWork, shop: FromPath[Slug], group_id: FromPath[UUID], data: JSONBody[NewGroupMember]
    ) -> GroupMember:
        """Take an account into a group, or whoever shows that an address is theirs. Twice is once."""
        return await service.add(uow, await own(uow, shop), group_id, data)

    @delete(
        "/{group_id:uuid}/members/{member_id:uuid}",
        permission=GROUPS,
        problems=[NoSuchShop, NoSuchGroup, NoSuchMember],
    )
    async def drop_member(
        self, uow: UnitOfWork, shop: FromPath[Slug], group_id: FromPath[UUID], member_id: FromPath[UUID]
    ) -> None:
        """Take somebody out of a group; what they have ordered stays as it was."""
        await service.drop(uow, await own(uow, shop), group_id, member_id)
