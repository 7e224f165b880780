"""Errors that HTTP itself knows: what can be wrong with a request before any module sees it."""

from __future__ import annotations

from backstay.kernel.errors import BackstayError, NotFound


class NoSuchRoute(NotFound):
    """No route has this path."""

    code = "no_such_route"
    title = "There is nothing at this address"


class MethodNotAllowed(BackstayError):
    """The address exists and does not take this method; `Allow` names those it takes (RFC 9110, 15.5.6)."""

    code = "method_not_allowed"
    status = 405
    title = "This address does not take that method"


class NotAcceptable(BackstayError):
    """`Accept` leaves out every form that the answer has (RFC 9110, 15.5.7)."""

    code = "not_acceptable"
    status = 406
    title = "The answer is not available in that form"


class UnknownVersion(NotAcceptable):
    """The version asked for is not live here; `supported` names those that are."""

    code = "unknown_version"
    title = "That version of the API is not live here"


class BodyTooLarge(BackstayError):
    """The request's body is larger than the route takes; `limit` is in bytes (RFC 9110, 15.5.14)."""

    code = "body_too_large"
    status = 413
    title = "The request body is too large"


class UnsupportedMediaType(BackstayError):
    """The body is not in a form that the route reads (RFC 9110, 15.5.16)."""

    code = "unsupported_media_type"
    status = 415
    title = "The request body has the wrong media type"


class TooManyRequests(BackstayError):
    """The caller is over a limit; `Retry-After` says when to come back (RFC 6585, 4)."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests"


class MalformedRequest(BackstayError):
    """The bytes received are not an HTTP request."""

    code = "malformed_request"
    status = 400
    title = "This is not a well-formed HTTP request"


class HeadersTooLarge(BackstayError):
    """The request line and headers are larger than the server takes (RFC 6585, 5)."""

    code = "headers_too_large"
    status = 431
    title = "The request headers are too large"


class InternalError(BackstayError):
    """A bug in the server. The trace id finds it in the server's logs; the answer tells nothing else."""

    code = "internal"
    status = 500
    title = "Something went wrong on our side"


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""
