"""Errors that cross the house: each has a stable `code`, an HTTP status, and words for people.

Modules subclass these in their own `errors.py`. The HTTP façade turns every one into an
RFC 9457 problem; the code is written out on the class, so that renaming a class never
changes the API.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct


class FieldError(Struct, frozen=True, kw_only=True):
    """One field that cannot be accepted."""

    pointer: str
    """Where: a JSON pointer into the body (`/items/0/price`), or `?name`, `#path/name`, `@header`."""
    code: str
    """What kind: `required`, `unknown`, `type`, `range`, `length`, `format`, `choice`, or a module's own."""
    message: str
    """What to do about it, for a person."""


class BackstayError(Exception):
    """The root of every expected failure. Anything else that escapes is a bug and becomes a bare 500."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"
    type_uri: ClassVar[str | None] = None
    """The problem type's own URI, where a standard names one; else it is a place on our page of problems."""
    counted: ClassVar[bool] = False
    """Its kind happens by the thousand and is counted where it is raised, so that the log is spared."""

    def __init__(self, detail: str | None = None, /, **extensions: Any) -> None:
        """`detail` explains this occurrence; `extensions` become members of the problem (RFC 9457, 3.2)."""
        super().__init__(detail or self.title)
        self.detail = detail
        self.extensions = extensions
        self.headers: dict[str, str] = {}


class Invalid(BackstayError):
    """The request was understood and cannot be accepted; `errors` names every field at fault."""

    code = "invalid"
    status = 422
    title = "The request has invalid fields"

    def __init__(self, *errors: FieldError, detail: str | None = None) -> None:
        super().__init__(detail, errors=list(errors))
        self.errors = errors


class BadRequest(BackstayError):
    """The request could not be understood: broken JSON, a cursor that was tampered with."""

    code = "bad_request"
    status = 400
    title = "The request could not be understood"


class Unauthenticated(BackstayError):
    """Nobody is signed in, or the credentials do not hold."""

    code = "unauthenticated"
    status = 401
    title = "Sign in first"


class Forbidden(BackstayError):
    """The actor is known and may not do this."""

    code = "forbidden"
    status = 403
    title = "You may not do this"


class NotInPerson(Forbidden):
    """Whoever acts in somebody's place may not do this; only the person themselves may."""

    code = "not_in_person"
    title = "Only the person themselves may do this"


class FreshSignInNeeded(Forbidden):
    """What was asked for needs a sign-in of a moment ago; `POST /v1/account/confirm` makes one."""

    code = "fresh_sign_in_needed"
    title = "Confirm that it is you"


class NotFound(BackstayError):
    """There is no such thing, or the actor may not know that there is."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(BackstayError):
    """The state has moved on, or a unique name is taken."""

    code = "conflict"
    status = 409
    title = "This conflicts with the present state"


class Gone(BackstayError):
    """It was here and has ended for good."""

    code = "gone"
    status = 410
    title = "No longer available"


class PreconditionFailed(BackstayError):
    """`If-Match` names a version that is not the present one (RFC 9110, 13.1.1)."""

    code = "precondition_failed"
    status = 412
    title = "Changed since you read it"


class PreconditionRequired(BackstayError):
    """This change must say which version it is based on (RFC 6585, 3)."""

    code = "precondition_required"
    status = 428
    title = "Send If-Match with the version you read"


class Unavailable(BackstayError):
    """A part the request needs does not answer; trying again may help."""

    code = "unavailable"
    status = 503
    title = "Temporarily unavailable"
