"""Who has which role."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backstay.kernel.actor import EVERYTHING, SYSTEM_ORGANIZATION
from backstay.kernel.database import ConstraintViolation, Reader, UnitOfWork
from backstay.systems.access import queries
from backstay.systems.access.contracts import Assignment, Holding, Role, RolesHeld, Standing
from backstay.systems.access.errors import Lacking, LastOwner
from backstay.systems.access.service.evaluating import RoleGrants
from backstay.systems.access.service.presets import OPERATOR, OWNER, PRESETS
from backstay.systems.access.service.roles import effective, get_role, list_roles, refuse_lacking, touch
from backstay.systems.audit import record


async def assign(uow: UnitOfWork, user_id: UUID, role_id: UUID) -> None:
    """Give somebody a role; who has it keeps it.

    Raises:
        NoSuchRole: the organization has none of this id.
        Lacking: it gives what the actor lacks.
    """
    await touch(uow)
    role = await get_role(uow, role_id)
    await refuse_lacking(uow, role.effective)
    await _give(uow, user_id, role_id, role.name)


async def withdraw(uow: UnitOfWork, user_id: UUID, role_id: UUID) -> None:
    """Take a role from somebody. One's own can always be given up; another's only by who has what it gives.

    Raises:
        NoSuchRole: the organization has none of this id.
        Lacking: it gives what the actor lacks.
        LastOwner: nobody would own the organization.
    """
    await touch(uow)
    role = await get_role(uow, role_id)
    if user_id != uow.actor.id:
        await refuse_lacking(uow, role.effective)
    try:
        taken = await uow.execute(queries.WITHDRAW, user_id=user_id, role_id=role_id)
    except ConstraintViolation as failure:
        raise LastOwner from failure
    if taken:
        record(uow, "access.role_withdrawn", subject=("user", user_id), before=Holding(role_id, role.name))


async def withdraw_all(uow: UnitOfWork, user_id: UUID) -> None:
    """Take every role from somebody who leaves, or is made to leave.

    Raises:
        Lacking: they have what the actor lacks.
        LastOwner: nobody would own the organization.
    """
    await touch(uow)
    assigned = await uow.all(queries.ASSIGNMENTS, user_id=user_id)
    if user_id != uow.actor.id:
        await refuse_lacking(uow, await effective(uow, [one.role_id for one in assigned]))
    try:
        await uow.execute(queries.WITHDRAW_ALL, user_id=user_id)
    except ConstraintViolation as failure:
        raise LastOwner from failure
    names = {role.id: role.name for role in await list_roles(uow)}
    for one in assigned:
        role = Holding(one.role_id, names.get(one.role_id, ""))
        record(uow, "access.role_withdrawn", subject=("user", user_id), before=role)


async def found(uow: UnitOfWork, user_id: UUID) -> None:
    """Make somebody the owner of the unit's organization, which is new: nobody could have given it."""
    await touch(uow)
    await _give(uow, user_id, OWNER, PRESETS["owner"].title)


async def close(uow: UnitOfWork) -> None:
    """Take every role from everybody: the organization has ended, and needs no owner any more."""
    await touch(uow)
    await uow.execute(queries.CLOSE)
    await uow.execute(queries.WITHDRAW_EVERYBODY)
    record(uow, "access.organization_closed", subject=("organization", uow.organization_id))


async def open_operator(uow: UnitOfWork, user_id: UUID) -> None:
    """Make somebody an operator of the house. The unit must be the house's own (`SYSTEM`).

    Raises:
        ValueError: it is an organization's.
    """
    if uow.organization_id != SYSTEM_ORGANIZATION:
        raise ValueError("operators are made in a unit of the house's own: use the actor SYSTEM")
    await touch(uow)
    await _give(uow, user_id, OPERATOR, "Operator")


async def pass_on(uow: UnitOfWork, user_id: UUID, role_id: UUID, granter_id: UUID) -> None:
    """Give a role in the name of somebody who promised it earlier, if they still have what it gives.

    Raises:
        NoSuchRole: it is gone.
        Lacking: whoever promised it lacks it now.
    """
    await touch(uow)
    role = await get_role(uow, role_id)
    has = await uow.part(RoleGrants).fresh(uow, granter_id)
    if EVERYTHING not in has and not set(role.effective) <= has:
        raise Lacking(set(role.effective) - has)
    await _give(uow, user_id, role_id, role.name)


async def role_to_give(reader: Reader, role_id: UUID) -> Role:
    """A role that the actor could give now; for promises that are kept later, by `pass_on`.

    Raises:
        NoSuchRole: the organization has none of this id.
        Lacking: it gives what the actor lacks.
    """
    role = await get_role(reader, role_id)
    await refuse_lacking(reader, role.effective)
    return role


async def _give(uow: UnitOfWork, user_id: UUID, role_id: UUID, name: str) -> None:
    if await uow.execute(queries.ASSIGN, user_id=user_id, role_id=role_id):
        record(uow, "access.role_assigned", subject=("user", user_id), after=Holding(role_id, name))


async def roles_of(reader: Reader, user_id: UUID) -> list[Assignment]:
    """The roles that somebody has, in the order they got them."""
    return await reader.all(queries.ASSIGNMENTS, user_id=user_id)


async def roles_of_several(reader: Reader, user_ids: Sequence[UUID]) -> list[RolesHeld]:
    """The roles of several people, in the order asked, in as many queries as for one."""
    names = {role.id: role.name for role in await list_roles(reader)}
    held: dict[UUID, list[Holding]] = {user_id: [] for user_id in user_ids}
    for one in await reader.all(queries.ASSIGNMENTS_OF_SEVERAL, user_ids=sorted(held)):
        if one.role_id in names:
            held[one.user_id].append(Holding(one.role_id, names[one.role_id]))
    return [RolesHeld(user_id, roles) for user_id, roles in held.items()]


async def standing(reader: Reader, user_id: UUID) -> Standing:
    """What somebody has and may do in the organization, asked of the database now."""
    names = {role.id: role.name for role in await list_roles(reader)}
    assigned = await roles_of(reader, user_id)
    return Standing(
        user_id=user_id,
        roles=[Holding(one.role_id, names[one.role_id]) for one in assigned if one.role_id in names],
        permissions=sorted(await reader.part(RoleGrants).fresh(reader, user_id)),
    )
