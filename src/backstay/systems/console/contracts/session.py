"""Who is signed in with a browser, and how one may sign in."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What proves who one is."""

    token: Annotated[
        str, Meta(min_length=1, max_length=8192, description="A token that the API takes as a bearer token.")
    ]


class Doors(Struct, frozen=True, kw_only=True):
    """How one may sign in here; for anybody, so it tells nothing else."""

    application: str
    accounts: bool
    """Whether people have accounts: then they sign in by mail and password."""
    tokens: bool
    """Whether the page offers to sign in by a token: in development, and where there are no accounts."""


class SessionActor(Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    id: UUID
    name: str
    kind: str
    organization_id: UUID
    permissions: list[str]
    """Sorted names of permissions; `*` stands for all."""
    impersonator_id: UUID | None
    """Who acts in their place, if somebody does."""


class Session(Struct, frozen=True, kw_only=True):
    """A signed-in browser and the house it looks at."""

    actor: SessionActor
    application: str
    version: str
    environment: Literal["development", "test", "production"]
    modules: list[str]
    """Names of the modules in the order they were composed; the console shows the pages of these."""
