"""What the tests of this folder need to know of each route; the routes themselves come from the router."""

from __future__ import annotations

import re

from backstay.kernel.http.endpoint import Endpoint
from tests.house import House

PUBLIC = {
    "GET /livez",
    "GET /readyz",
    "GET /startupz",
    "GET /metrics",  # asks for a permission by itself in production: tests/systems/health/test_metrics.py
    "GET /console",
    "GET /docs/events",  # what may happen, not what did
    "GET /docs/events.json",
    "GET /console/{file:path}",
    "POST /v1/session",
    "GET /v1/session",
    "DELETE /v1/session",
    "GET /v1/session/doors",
    "GET /v1/shared-notes/{token:str}",
    "GET /v1/mail/unsubscribe/{token:str}",
    "POST /v1/mail/unsubscribe/{token:str}",
    "POST /v1/auth/sign-up",
    "POST /v1/auth/setup",  # by a token that is only printed, or in the settings
    "GET /setup/{token:str}",
    "POST /setup/{token:str}",
    "POST /v1/auth/verify",
    "POST /v1/auth/sign-in",
    "POST /v1/auth/passkey/options",
    "POST /v1/auth/passkey",
    "GET /v1/auth/providers",
    "POST /v1/auth/providers/{provider:str}/begin",
    "GET /v1/auth/providers/{provider:str}/callback",  # for the browser that began, by its cookie
    "POST /v1/auth/refresh",
    "POST /v1/auth/sign-out",
    "POST /v1/auth/forgot",
    "POST /v1/auth/reset",
    "POST /v1/auth/change-mail",
    "GET /account/{purpose:str}/{token:str}",
    "POST /account/{purpose:str}/{token:str}",
    "GET /.well-known/jwks.json",
    "POST /v1/invitations/look",
    "POST /v1/invitations/accept",  # asks for an actor by itself: tests/systems/tenancy
    "GET /v1/account/receipts/{token:str}",
}
"""Routes that anyone may call; whoever adds one says so here too."""

_PLACEHOLDERS = {
    "uuid": "01938a5e-0000-7000-8000-000000000001",
    "str": "some-name",
    "path": "a/file",
    "int": "1",
}


def label(endpoint: Endpoint) -> str:
    return f"{endpoint.route.method} {endpoint.template}"


def of_modules(house: House) -> list[Endpoint]:
    """Every route but those of the API's description."""
    return [endpoint for endpoint in house.app.router.endpoints if endpoint.module]


def guarded(house: House) -> list[Endpoint]:
    return [endpoint for endpoint in of_modules(house) if endpoint.permission is not None]


def some_path(endpoint: Endpoint) -> str:
    """A path of the route that leads to nothing."""
    return re.sub(r"\{\w+:(\w+)\}", lambda match: _PLACEHOLDERS[match[1]], endpoint.template)


def harmless_method(endpoint: Endpoint) -> str:
    """HEAD for GET: a stream then ends at once."""
    return "HEAD" if endpoint.route.method == "GET" else endpoint.route.method
