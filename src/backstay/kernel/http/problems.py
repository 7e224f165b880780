"""Every error as an RFC 9457 problem: a stable code, words, where to look, and nothing of the inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from backstay.kernel.errors import BackstayError
from backstay.kernel.http.errors import InternalError
from backstay.kernel.http.response import Answer, encode_headers

if TYPE_CHECKING:
    from backstay.kernel.observation import Record

PROBLEM_JSON: Final = b"application/problem+json"
PROBLEMS_PATH: Final = "/docs/problems"
_CHALLENGE: Final = b"Bearer"
_log = logging.getLogger("backstay.http")


def _as_text(value: Any) -> str:
    """Extension members that JSON cannot say become their text; a problem must never fail to be written."""
    return str(value)


_encode = msgspec.json.Encoder(enc_hook=_as_text).encode


def problem_type(code: str) -> str:
    """The URI reference that explains a problem (RFC 9457, 3.1.1): a place on a page that exists."""
    return f"{PROBLEMS_PATH}#{code}"


def problem_members(error: BackstayError, *, instance: str, trace_id: str) -> dict[str, Any]:
    """The members of the problem document."""
    members: dict[str, Any] = {
        "type": error.type_uri or problem_type(error.code),
        "title": error.title,
        "status": error.status,
        "code": error.code,
    }
    if error.detail is not None:
        members["detail"] = error.detail
    members["instance"] = instance
    members["trace_id"] = trace_id
    for name, value in error.extensions.items():
        members.setdefault(name, value)
    return members


def problem_answer(failure: Exception, record: Record) -> Answer:
    """The answer to a request that failed; notes the code in the record and logs what nobody expected."""
    error = failure if isinstance(failure, BackstayError) else note_unexpected(failure, record)
    if record.error is None:
        record.error = error.code
    if error.status >= 500 and isinstance(failure, BackstayError) and not failure.counted:
        _log.warning(
            "%s %s failed: %s", record.method, record.route or record.path, error.code, exc_info=failure
        )
    members = problem_members(error, instance=record.request_id, trace_id=record.trace_id)
    headers = _headers(error.headers)
    if error.status == 401 and all(name != b"www-authenticate" for name, _ in headers):
        headers.append((b"www-authenticate", _CHALLENGE))  # RFC 9110, 15.5.2 asks for one
    return Answer(error.status, _encode(members), PROBLEM_JSON, headers)


def _headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    try:
        return encode_headers(headers)
    except ValueError:
        _log.exception("an error carried a header that cannot be sent")
        return []


def note_unexpected(failure: Exception, record: Record) -> BackstayError:
    """Note and log a failure that nobody expected; what the client is told of it."""
    record.error = f"unhandled:{type(failure).__name__}"
    _log.error("%s %s failed unexpectedly", record.method, record.route or record.path, exc_info=failure)
    return InternalError()


def known_problems() -> list[type[BackstayError]]:
    """Every class of error that is loaded, one a code, sorted by status and code."""
    found: dict[str, type[BackstayError]] = {}

    def visit(kind: type[BackstayError]) -> None:
        if "code" in vars(kind):
            found.setdefault(kind.code, kind)
        for child in kind.__subclasses__():
            visit(child)

    for kind in BackstayError.__subclasses__():
        visit(kind)
    return sorted(found.values(), key=lambda kind: (kind.status, kind.code))
