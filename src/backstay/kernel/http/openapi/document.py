"""The API's description: OpenAPI 3.1 written from the routes, so that it cannot say what they do not do."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from backstay.kernel.errors import BackstayError, FieldError
from backstay.kernel.http.endpoint import Endpoint
from backstay.kernel.http.openapi.examples import NoExample, example_of
from backstay.kernel.http.openapi.operands import parameters_of
from backstay.kernel.http.openapi.schemas import Components, JsonSchema
from backstay.kernel.http.response import Response, Streaming
from backstay.kernel.http.returns import contract_of, has_version, is_page
from backstay.kernel.module import CompositionError

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend

_TYPED: Final = re.compile(r"\{(\w+):\w+\}")
_PROBLEM_TYPE: Final = "application/problem+json"
_DESCRIPTION: Final = (
    "Every error is a problem document (RFC 9457) with a stable `code`; [all codes](docs/problems). "
    "Lists page by opaque cursors. What has a `version` answers with an `ETag`; send it back as "
    "`If-Match` to change only what you saw. Text may hold any character but NUL (U+0000)."
)


class Problem(Struct, frozen=True):
    """What went wrong (RFC 9457)."""

    type: str
    """A reference to the page that explains the code."""
    title: str
    """The kind of problem in a few words; the same for every occurrence."""
    status: int
    """The HTTP status."""
    code: str
    """The stable name of the problem: decide by this one."""
    instance: str
    """The request's id, as in `X-Request-ID`."""
    trace_id: str
    """Finds the request in logs and traces."""
    detail: str | msgspec.UnsetType = msgspec.UNSET
    """This occurrence, in words."""
    errors: list[FieldError] | msgspec.UnsetType = msgspec.UNSET
    """Every field at fault."""


def operation_id(endpoint: Endpoint) -> str:
    """The operation's name for generated clients: module, controller, handler, and the version from 2 on."""
    name = endpoint.route.options.get("operation", endpoint.handler_name)
    parts = [part for part in (endpoint.module, endpoint.controller_name, name) if part]
    if endpoint.version not in {None, "1"}:
        parts.append(f"v{endpoint.version}")
    return "_".join(part.replace("-", "_") for part in parts)


def check_operations(endpoints: Sequence[Endpoint]) -> None:
    """Refuse two operations of one name.

    Raises:
        CompositionError: names both routes.
    """
    seen: dict[str, Endpoint] = {}
    for endpoint in described(endpoints):
        name = operation_id(endpoint)
        if name in seen:
            raise CompositionError(
                f"{endpoint.route.method} {endpoint.template} and {seen[name].route.method} "
                f"{seen[name].template} are both the operation {name!r}: "
                "give one of them operation=, or its controller a name"
            )
        seen[name] = endpoint


def described(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """The endpoints that the description shows."""
    return [endpoint for endpoint in endpoints if not endpoint.route.options.get("hidden", False)]


def document(backend: Backend, endpoints: Sequence[Endpoint], *, version: str) -> dict[str, Any]:
    """The whole description. `version`: of the software."""
    components = Components()
    shown = described(endpoints)
    for endpoint in shown:
        endpoint.complete()
    problem = components.schema(Problem)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in shown:
        path = _TYPED.sub(r"{\1}", endpoint.template)
        paths.setdefault(path, {})[endpoint.route.method.lower()] = _operation(endpoint, components, problem)
    paths, schemas = components.finish(paths)
    for endpoint in shown:
        path = _TYPED.sub(r"{\1}", endpoint.template)
        _add_examples(paths[path][endpoint.route.method.lower()], endpoint, schemas)
    used = {endpoint.module for endpoint in shown}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": backend.settings.app.name,
            "version": version,
            "description": _DESCRIPTION,
        },
        "servers": [{"url": backend.settings.http.public_url or "/"}],
        "tags": [
            {"name": module.name, "description": module.summary}
            for module in backend.modules
            if module.name in used
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the deployment: `Authorization: Bearer <token>`.",
                }
            },
        },
    }


def _operation(endpoint: Endpoint, components: Components, problem: JsonSchema) -> dict[str, Any]:
    options = endpoint.route.options
    words = inspect.cleandoc(endpoint.handler.__doc__ or "")
    first, _, rest = words.partition("\n")
    summary = options.get("summary", first.rstrip("."))
    description = options.get("description", rest.strip())
    operation: dict[str, Any] = {"operationId": operation_id(endpoint)}
    if endpoint.module:
        operation["tags"] = [endpoint.module]
    operation["summary"] = summary or endpoint.handler_name.replace("_", " ").capitalize()
    if endpoint.permission is not None:
        needs = f"Needs the permission `{endpoint.permission.name}`: {endpoint.permission.description}"
        description = f"{description}\n\n{needs}" if description else needs
        operation["x-permission"] = endpoint.permission.name
    if description:
        operation["description"] = description
    if endpoint.deprecated:
        operation["deprecated"] = True
    operation["security"] = [] if endpoint.permission is None else [{"bearer": []}]
    parameters = parameters_of(endpoint, components)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.signature.body is not None:
        schema = components.schema(endpoint.signature.body[1])
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation["responses"] = {
        str(endpoint.status): _success(endpoint, components),
        **_problems(endpoint, problem),
    }
    return operation


def _success(endpoint: Endpoint, components: Components) -> dict[str, Any]:
    returns = endpoint.signature.returns
    contract = contract_of(returns)
    made: dict[str, Any] = {"description": HTTPStatus(endpoint.status).phrase}
    headers: dict[str, Any] = {}
    if has_version(contract):
        headers["ETag"] = {"description": "The version, for `If-Match`.", "schema": {"type": "string"}}
    if is_page(contract):
        headers["Link"] = {"description": "The pages around this one.", "schema": {"type": "string"}}
    if headers:
        made["headers"] = headers
    if isinstance(contract, type) and issubclass(contract, Streaming):
        made["content"] = {contract.content_type.decode(): {"schema": {"type": "string"}}}
    elif contract is str or contract is bytes or contract is Response:
        made["content"] = {"*/*": {"schema": {"type": "string"}}} if contract is not Response else {}
    elif endpoint.status != 204:
        made["content"] = {"application/json": {"schema": components.schema(contract)}}
    if not made.get("content", True):
        del made["content"]
    return made


def _problems(endpoint: Endpoint, problem: JsonSchema) -> dict[str, Any]:
    signature = endpoint.signature
    statuses = {400, 406, 429, 500, 503}
    if endpoint.permission is not None:
        statuses |= {401, 403}
    if any(parameter.place == "path" for parameter in signature.parameters):
        statuses.add(404)
    if signature.parameters or signature.body is not None or signature.list_query is not None:
        statuses.add(422)
    if signature.body is not None:
        statuses |= {413, 415}
    if signature.if_match is not None:
        statuses |= {412, 428}
    if "uow" in signature.given.values():
        statuses.add(409)
    named: dict[int, list[type[BackstayError]]] = {status: [] for status in statuses}
    added = [kind for surround in endpoint.moments.all for kind in surround.problems]
    for kind in dict.fromkeys([*endpoint.route.options.get("problems", ()), *added]):
        named.setdefault(kind.status, []).append(kind)
    return {
        str(status): {
            "description": _words(status, named[status]),
            "content": {_PROBLEM_TYPE: {"schema": problem}},
        }
        for status in sorted(named)
    }


def _words(status: int, kinds: Sequence[type[BackstayError]]) -> str:
    phrase = HTTPStatus(status).phrase
    if not kinds:
        return phrase
    return phrase + ": " + "; ".join(f"`{kind.code}` ({kind.title})" for kind in kinds)


def _add_examples(operation: dict[str, Any], endpoint: Endpoint, schemas: dict[str, JsonSchema]) -> None:
    options = endpoint.route.options
    bodies = [operation.get("requestBody", {}), operation["responses"][str(endpoint.status)]]
    for body, written in zip(bodies, (options.get("asked"), options.get("example")), strict=True):
        content = body.get("content", {}).get("application/json")
        if content is None:
            continue
        if written is not None:
            content["example"] = msgspec.to_builtins(written)
            continue
        try:
            content["example"] = example_of(content["schema"], schemas)
        except NoExample:
            continue


def without_problems(described: dict[str, Any]) -> dict[str, Any]:
    """The description with problems told by their names alone.

    They are all of one shape, at every operation; a reader that writes each of them out takes most of a
    minute for four hundred operations.
    """
    for path in described["paths"].values():
        for operation in path.values():
            answers = operation["responses"] if isinstance(operation, dict) else {}
            for status in answers:
                if status >= "400":
                    answers[status] = {"description": answers[status]["description"]}
    return described
