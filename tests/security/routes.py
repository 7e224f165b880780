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
    "GET /console/{file:path}",
    "POST /v1/session",
    "GET /v1/session",
    "DELETE /v1/session",
    "GET /v1/shared-notes/{token:str}",
    "GET /v1/mail/unsubscribe/{token:str}",
    "POST /v1/mail/unsubscribe/{token:str}",
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
