"""What a module says of itself for the attack test, and what it is told when it has not said it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.http import Endpoint
from backstay.systems.jobs import Job, JobHandler


@dataclass(frozen=True)
class Side:
    """One of the two: somebody of an organization, with a client that is signed in as them."""

    actor: Actor
    client: httpx.AsyncClient
    backend: Backend


@dataclass(frozen=True)
class Target:
    """What somebody has made, for another to reach for."""

    values: Mapping[str, str] = field(default_factory=dict)
    """What stands in a path for each of its names: `{"lead_id": "01938a5e-..."}`."""
    bodies: Mapping[str, Any] = field(default_factory=dict)
    """A valid JSON body for each route that takes one: `{"PUT /v1/leads/{lead_id:uuid}": {...}}`."""
    jobs: Sequence[Job] = ()
    """For each kind of job of the module one whose arguments name what was made."""
    secrets: Sequence[str] = ()
    """Words that nobody else may be shown; the ids of all rows are looked for anyway."""


@dataclass(frozen=True, kw_only=True)
class TenantCase:
    """How the routes of one module are tried."""

    make: Callable[[Side], Awaitable[Target]]
    """Makes one of everything that the module's routes name; run for either side."""
    house_wide: Mapping[str, str] = field(default_factory=dict)
    """Routes and kinds of jobs that name nothing of any organization's, each with the reason."""
    made_by_name: frozenset[str] = frozenset()
    """Routes that make what they name where it is not there: a stranger gets one of their own."""


def label(endpoint: Endpoint) -> str:
    """How a route is called: `GET /v1/leads/{lead_id:uuid}`."""
    return f"{endpoint.route.method} {endpoint.template}"


def no_case(endpoint: Endpoint) -> str:
    """Nobody said how to try this route."""
    return (
        f"{label(endpoint)}: has no case: write TENANTS = TenantCase(make=...) into "
        f"{endpoint.module}/testing.py, whose make returns a Target with what its routes name"
    )


def no_value(endpoint: Endpoint, missing: Sequence[str]) -> str:
    """The case does not make what the route names."""
    return (
        f"{label(endpoint)}: its {', '.join(missing)} has no value: let TENANTS.make of {endpoint.module} "
        f'return Target({{"{missing[0]}": ...}}), or say in TENANTS.house_wide[{label(endpoint)!r}] why it '
        "names nothing of any organization's"
    )


def no_body(endpoint: Endpoint) -> str:
    """The case has no body for a route that takes one."""
    return (
        f"{label(endpoint)}: takes a body, and has none: let TENANTS.make of {endpoint.module} return "
        f"Target(..., bodies={{{label(endpoint)!r}: ...}})"
    )


def empty_list(endpoint: Endpoint) -> str:
    """The list shows its owner nothing, so that nothing is proven by showing another nothing."""
    return (
        f"{label(endpoint)}: is empty for who made everything: let TENANTS.make of {endpoint.module} make "
        f"something that it lists, or say in TENANTS.house_wide[{label(endpoint)!r}] why it cannot"
    )


def job_without_case(module: str, handler: JobHandler[Any]) -> str:
    """No job of the kind names what was made."""
    return (
        f"job {handler.kind}: has no case: let TENANTS.make of {module} return "
        f"Target(..., jobs=[{handler.job.__name__}(...)]) with what it made as arguments, or say in "
        f"TENANTS.house_wide[{handler.kind!r}] why it names nothing of any organization's"
    )
