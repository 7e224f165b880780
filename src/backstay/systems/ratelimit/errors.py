"""What can go wrong with limits, beyond what can go wrong with anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from backstay.kernel.errors import NotFound, PreconditionFailed, Unavailable
from backstay.kernel.http import TooManyRequests

_REGISTERED: Final = "https://iana.org/assignments/http-problem-types"


class QuotaExceeded(TooManyRequests):
    """The caller has used up a policy; `violated-policies` names it, `Retry-After` says when to come back.

    Without `Retry-After` no waiting helps: the request costs more than the policy ever admits at once.
    The problem type is that of draft-ietf-httpapi-ratelimit-headers-10, 5.1.
    """

    code = "quota_exceeded"
    title = "Too many requests: a quota is used up"
    type_uri: ClassVar[str | None] = f"{_REGISTERED}#quota-exceeded"

    def __init__(self, policies: Sequence[str], retry_after: int | None) -> None:
        """`policies`: the names of those that refuse. `retry_after`: whole seconds."""
        super().__init__(**{"violated-policies": list(policies)})
        if retry_after is not None:
            self.extensions["retry_after"] = retry_after
            self.headers["Retry-After"] = str(retry_after)


class Overloaded(Unavailable):
    """This process has more to do than it can do well, and leaves what is not critical.

    The problem type is that of draft-ietf-httpapi-ratelimit-headers-10, 5.2.
    """

    code = "overloaded"
    title = "Too much to do at the moment; try again soon"
    type_uri: ClassVar[str | None] = f"{_REGISTERED}#temporary-reduced-capacity"
    counted: ClassVar[bool] = True

    def __init__(self, policy: str, retry_after: int) -> None:
        """`policy`: what was exceeded, as `violated-policies` names it. `retry_after`: whole seconds."""
        super().__init__(**{"violated-policies": [policy], "retry_after": retry_after})
        self.policy = policy
        self.headers["Retry-After"] = str(retry_after)


class NoSuchPolicy(NotFound):
    """No module declares a policy of this name."""

    code = "no_such_policy"
    title = "There is no such policy"


class StalePolicy(PreconditionFailed):
    """The policy was changed since it was read."""

    code = "stale_policy"
    title = "The policy was changed since you read it"
