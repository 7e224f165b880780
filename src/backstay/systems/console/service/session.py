"""Signing a browser in: the token that the API takes, kept by the browser in a cookie."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Final

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.errors import Unauthenticated
from backstay.systems.console.contracts import Doors, Session, SessionActor

ACCOUNTS: Final = "identity"
"""The module that keeps accounts; the console works without it."""


def doors(backend: Backend) -> Doors:
    """How one may sign in here."""
    accounts = any(module.name == ACCOUNTS for module in backend.modules)
    development = backend.settings.app.environment != "production"
    return Doors(application=backend.settings.app.name, accounts=accounts, tokens=development or not accounts)


async def sign_in(backend: Backend, token: str) -> Session:
    """The session of whoever the token proves.

    Raises:
        Unauthenticated: it proves nobody.
    """
    # A cookie takes only some characters (RFC 6265, 4.1.1); tokens are made of fewer still.
    if not all("!" <= character <= "~" and character not in '",;\\' for character in token):
        raise Unauthenticated("The token holds characters that no token has; was it copied whole?")
    actor = await backend.authenticator.authenticate({"authorization": f"Bearer {token}", ":method": "GET"})
    return session(backend, actor)


def session(backend: Backend, actor: Actor | None) -> Session:
    """The session of this actor.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    if actor is None:
        raise Unauthenticated("Nobody is signed in with this browser.")
    return Session(
        actor=SessionActor(
            id=actor.id,
            name=actor.name,
            kind=actor.kind.value,
            organization_id=actor.organization_id,
            permissions=sorted(actor.permissions),
            impersonator_id=actor.impersonator_id,
        ),
        application=backend.settings.app.name,
        version=_version(),
        environment=backend.settings.app.environment,
        modules=[module.name for module in backend.modules],
    )


@cache
def _version() -> str:
    """The installed version; finding it reads the package's metadata from the disk."""
    return version("backstay")
