"""The public halves of the keys that sign access tokens."""

from __future__ import annotations

from typing import Any, ClassVar

from backstay.kernel.backend import Backend
from backstay.kernel.http import Controller, Response, get
from backstay.systems.identity.service.keyring import JWKS_MAX_AGE
from backstay.systems.identity.service.part import Identity


class KeysController(Controller):
    """The JWK set (RFC 7517, 5)."""

    path: ClassVar[str] = "/.well-known"
    name: ClassVar[str] = "keys"
    version: ClassVar[str | None] = None

    @get("/jwks.json", public=True)
    async def jwks(self, backend: Backend) -> Response[dict[str, Any]]:
        """The keys that access tokens are checked with, and those that will sign next."""
        headers = {"cache-control": f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"}
        return Response(backend.part(Identity).keyring.jwks(), headers=headers)
