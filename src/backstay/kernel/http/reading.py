"""Reading what a request carries: parameters, lists, `If-Match` and the body.

Each reader takes the request and a list of errors, and adds to it instead of raising, so
that one answer names every fault in path, query, headers and body together.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec
from msgspec import NODEFAULT

from backstay.kernel.errors import BadRequest, FieldError, Invalid
from backstay.kernel.http.conditional import expected_version
from backstay.kernel.http.conversion import check_text, from_text, whole_numbers
from backstay.kernel.http.errors import UnsupportedMediaType
from backstay.kernel.http.parameters import Parameter
from backstay.kernel.http.request import Request
from backstay.kernel.http.validation import check, control_characters

Read: TypeAlias = Callable[[Request, list[FieldError]], Any]


def reader_of(parameter: Parameter) -> Read:
    """The function that reads a parameter from a request."""
    if parameter.place == "path":
        return _path_reader(parameter)
    return _query_reader(parameter) if parameter.place == "query" else _header_reader(parameter)


def _path_reader(parameter: Parameter) -> Read:
    name, kind = parameter.wire_name, parameter.kind
    pointer = f"#path/{name}"

    def read(request: Request, errors: list[FieldError]) -> Any:
        value = request.path_params[name]
        if value.__class__ is kind and kind is not str:  # the router has parsed it already
            return value
        return _convert(value, kind, pointer, errors)

    return read


def _query_reader(parameter: Parameter) -> Read:
    name, kind, default = parameter.wire_name, parameter.kind, parameter.default
    pointer = f"?{name}"

    def read(request: Request, errors: list[FieldError]) -> Any:
        values = request.query.get(name)
        if values is None:
            return _absent(default, pointer, errors)
        if parameter.many:
            return _convert(values, kind, pointer, errors)
        if len(values) > 1:
            errors.append(FieldError(pointer=pointer, code="duplicate", message="is given more than once"))
            return None
        return _convert(values[0], kind, pointer, errors)

    return read


def _header_reader(parameter: Parameter) -> Read:
    wire, kind, default = parameter.wire_name.encode("latin-1"), parameter.kind, parameter.default
    pointer = f"@{parameter.wire_name}"

    def read(request: Request, errors: list[FieldError]) -> Any:
        value = request.raw_headers.get(wire)
        if value is None:
            return _absent(default, pointer, errors)
        return _convert(value.decode("latin-1").strip(), kind, pointer, errors)

    return read


def _absent(default: Any, pointer: str, errors: list[FieldError]) -> Any:
    if default is NODEFAULT:
        errors.append(FieldError(pointer=pointer, code="required", message="is required"))
    return default


def _convert(value: Any, kind: Any, pointer: str, errors: list[FieldError]) -> Any:
    try:
        converted = from_text(kind, value)
    except msgspec.ValidationError:
        errors += check_text(kind, value, pointer)
        return None
    if isinstance(converted, float) and not math.isfinite(converted):
        errors.append(FieldError(pointer=pointer, code="range", message="must be a finite number"))
    if not isinstance(value, str) or "\0" in value:
        errors += control_characters(value, pointer)
    return converted


def unknown_parameters(known: frozenset[str]) -> Read:
    """Complains of every query parameter that the route does not take."""

    def read(request: Request, errors: list[FieldError]) -> None:
        for name in request.query:
            if name not in known:
                message = f"is not a parameter here; there are: {', '.join(sorted(known)) or 'none'}"
                errors.append(FieldError(pointer=f"?{name}", code="unknown", message=message))

    return read


def if_match_reader(*, optional: bool) -> Read:
    """Reads `If-Match` as a version."""

    def read(request: Request, _errors: list[FieldError]) -> int | None:
        return expected_version(request.raw_headers.get(b"if-match"), optional=optional)

    return read


def body_reader(kind: Any) -> Callable[[Request, list[FieldError]], Awaitable[Any]]:
    """Reads a JSON body of the given type."""
    decode = msgspec.json.Decoder(kind).decode

    async def read(request: Request, errors: list[FieldError]) -> Any:
        media_type = request.raw_headers.get(b"content-type", b"")
        if media_type != b"application/json" and not _is_json(media_type):
            raise UnsupportedMediaType("Send the body as `Content-Type: application/json`.")
        raw = await request.body()
        try:
            value = decode(raw)
            if b"\\u0000" in raw:
                errors += control_characters(msgspec.json.decode(raw), "")
        except msgspec.ValidationError:
            return _reread(kind, raw, errors)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
            raise _malformed(failure, raw) from failure
        return value

    return read


def _reread(kind: Any, raw: bytes, errors: list[FieldError]) -> Any:
    """The body once more, `787.0` taken for the whole number that it is; else every fault is named."""
    try:
        data = whole_numbers(msgspec.json.decode(raw))
        errors += control_characters(data, "")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as failure:
        raise _malformed(failure, raw) from failure
    try:
        return msgspec.convert(data, kind, str_keys=True)
    except msgspec.ValidationError:
        errors += check(kind, data, "")
        return None


def _malformed(failure: Exception, raw: bytes) -> BadRequest:
    if not raw:
        return BadRequest("The request needs a JSON body.")
    if isinstance(failure, msgspec.ValidationError):
        return BadRequest("The JSON holds a number that is out of range.")
    if isinstance(failure, msgspec.DecodeError):
        return BadRequest(f"{failure}.")
    return BadRequest(
        "The JSON is nested too deeply." if isinstance(failure, RecursionError) else "The JSON is not UTF-8."
    )


def _is_json(media_type: bytes) -> bool:
    essence, *parameters = media_type.lower().split(b";")
    charset = [value.strip() for value in parameters if value.strip().startswith(b"charset=")]
    return essence.strip() == b"application/json" and all(
        value in {b"charset=utf-8", b'charset="utf-8"'} for value in charset
    )


def raise_for(errors: list[FieldError]) -> None:
    """Refuse the request if anything was found wrong with it."""
    if errors:
        raise Invalid(*errors)
