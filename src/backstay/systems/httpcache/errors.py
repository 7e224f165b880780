"""What the caching proxy answers itself, for want of an answer of the origin."""

from __future__ import annotations

from backstay.kernel.errors import BackstayError


class OriginAway(BackstayError):
    """The origin could not be reached, or what it sent was no HTTP; nothing kept may take its place."""

    code = "origin_away"
    status = 502
    title = "The server behind this one gave no answer"
    counted = True


class OriginSlow(OriginAway):
    """The origin did not answer in time."""

    code = "origin_slow"
    status = 504
    title = "The server behind this one did not answer in time"


class NotKept(BackstayError):
    """The request wanted a kept answer or none (`only-if-cached`: RFC 9111, 5.2.1.7)."""

    code = "not_kept"
    status = 504
    title = "No answer to this is kept"
    counted = True


class Looped(BackstayError):
    """The request has come through this proxy already: its origin leads back to it (RFC 9110, 7.6.3)."""

    code = "proxy_loop"
    status = 508
    title = "This proxy's origin is the proxy itself"
    counted = True


class NotProxied(BackstayError):
    """The request's method, target or host is none that this proxy sends on."""

    code = "not_proxied"
    status = 400
    title = "This request cannot be sent on"
    counted = True
