"""The API's description and its readers: `/openapi.json`, `/docs`, `/docs/reference`, `/docs/problems`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from backstay.kernel.http.endpoint import Endpoint
from backstay.kernel.http.openapi.document import check_operations, document, without_problems
from backstay.kernel.http.openapi.pages import SWAGGER_SCRIPT, problems_page, reference_page, swagger_page
from backstay.kernel.http.openapi.schemas import Components as Components
from backstay.kernel.http.response import Response, encode_json
from backstay.kernel.http.routes import Controller, get

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend

_HTML = "text/html; charset=utf-8"


def software_version() -> str:
    """The installed version of backstay."""
    try:
        return version("backstay")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


def description_controllers(backend: Backend, endpoints: Sequence[Endpoint]) -> list[type[Controller]]:
    """The controllers of the description of these endpoints.

    Raises:
        CompositionError: two operations have the same name.
    """
    check_operations(endpoints)
    title = f"{backend.settings.app.name} API"

    @cache
    def described() -> bytes:
        # Written at the first request: a server that nobody asks starts without the cost.
        return encode_json(document(backend, endpoints, version=software_version()))

    @cache
    def short() -> bytes:
        return encode_json(without_problems(document(backend, endpoints, version=software_version())))

    class DescriptionController(Controller):
        """The API's description."""

        version = None

        @get("/openapi.json", public=True, hidden=True)
        async def openapi(self) -> Response[bytes]:
            """The API's description."""
            headers = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
            return Response(described(), media_type="application/json", headers=headers)

        @get("/docs/reference.json", public=True, hidden=True)
        async def abridged(self) -> Response[bytes]:
            """The API's description as far as the second reader shows it."""
            return Response(short(), media_type="application/json", headers={"cache-control": "no-cache"})

        @get("/docs", public=True, hidden=True)
        async def swagger(self) -> Response[str]:
            """The description in Swagger UI."""
            return Response(swagger_page(title), media_type=_HTML)

        @get("/docs/swagger.js", public=True, hidden=True)
        async def swagger_script(self) -> Response[str]:
            """What starts Swagger UI."""
            return Response(SWAGGER_SCRIPT, media_type="text/javascript; charset=utf-8")

        @get("/docs/reference", public=True, hidden=True)
        async def reference(self) -> Response[str]:
            """The description in the second reader."""
            return Response(reference_page(title), media_type=_HTML)

        @get("/docs/problems", public=True, hidden=True)
        async def problems(self) -> Response[str]:
            """Every code that a problem can have."""
            return Response(problems_page(), media_type=_HTML)

    return [DescriptionController]
