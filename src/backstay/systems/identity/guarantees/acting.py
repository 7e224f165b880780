"""What is promised of acting in somebody's place."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.systems.identity.guarantees.people import (
    bearer,
    once,
    open_server,
    signed_in,
    signed_up,
    the_owner,
)
from backstay.systems.identity.queries.sessions import Standing
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service import authenticating, impersonating

_OWN: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("POST", "/v1/api-keys", {"name": "theirs", "scopes": ["notes:read"]}),
    ("POST", "/v1/account/factors/totp", {"name": "phone"}),
    ("POST", "/v1/account/export", {}),
    ("POST", "/v1/account/sessions/end-others", {}),
    ("POST", "/v1/account/erase", {}),
)
"""What leaves something behind in the person's name, or takes it away; the last ends them."""


@guarantee(
    "acting-for-somebody-leaves-what-is-theirs",
    promise="Whoever acts in somebody's place makes no key, factor, export or end of theirs, and nobody acts "
    "in the place of who may do as much.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def acting_leaves_credentials(lab: Lab) -> Verdict:
    """Act for somebody, try what is theirs alone, and try to act for an operator."""
    await open_server(lab)
    owner = await the_owner(lab)
    me = await once(lab, "GET", "/v1/account", None, bearer(owner))
    person = await signed_in(lab, await signed_up(lab))
    them = await once(lab, "GET", "/v1/account", None, bearer(person))
    order = {"reason": "a check of the lab"}
    path = f"/v1/users/{them['id']}/impersonate"
    acting = await once(lab, "POST", path, order, bearer(owner))
    findings: list[Finding] = []
    untried = None if acting.status == 201 else f"acting was answered {acting.status}"
    if untried is None:
        for method, own, body in _OWN:
            reply = await once(lab, method, own, body, bearer(acting))
            if reply.status != 403:
                findings.append(
                    Finding(f"{method} {own} in their place: {reply.status}", (reply.operation.id,))
                )
    equal = await once(lab, "POST", f"/v1/users/{me['id']}/impersonate", order, bearer(owner))
    if equal.status != 403:
        findings.append(Finding(f"acting for an operator was answered {equal.status}", (equal.operation.id,)))
    return judge(*findings, untried=untried, tried=len(_OWN))


@acting_leaves_credentials.sabotage("make the session look like the person's own")
def nobody_acts(patch: Patch) -> None:
    """As where a helper simply gets a session of the person's."""
    actor = authenticating._actor

    def forgetful(standing: Standing, permissions: frozenset[str], *, pending: bool = False) -> Actor:
        return actor(structs.replace(standing, impersonator_id=None), permissions, pending=pending)

    patch(authenticating, "_actor", forgetful)


@acting_leaves_credentials.sabotage("ask only whether somebody may act for others")
def anybody(patch: Patch) -> None:
    """Whoever helps can then become whoever may do more."""

    async def let(_uow: UnitOfWork, _actor: Actor, _person: Person, _organization: UUID) -> Any:
        return None

    patch(impersonating, "refuse_equals", let)
