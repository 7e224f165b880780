"""The fields that tell a caller of its quotas, in whichever writing the settings choose.

`RateLimit-Policy` and `RateLimit` are structured fields (RFC 9651) as draft-ietf-httpapi-ratelimit-headers-10
describes them, sections 2 and 3. The draft may still rename its parameters, so each writing is one function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Final, TypeAlias

from backstay.systems.ratelimit.contracts import Decision, Policy

Header: TypeAlias = tuple[bytes, bytes]
Write: TypeAlias = Callable[[Sequence[Policy], Sequence[Decision], "int | None"], list[Header]]
"""Takes policies, what each of them decided, and the seconds of `Retry-After` where there are some."""


def retry_after(policies: Sequence[Policy], decisions: Sequence[Decision]) -> int | None:
    """Whole seconds until all that refuse would admit; None when one never will: the cost is too high."""
    longest = 0.0
    for policy, decision in zip(policies, decisions, strict=True):
        if decision.admitted or policy.shadow:
            continue
        if decision.retry_after is None:
            return None
        longest = max(longest, decision.retry_after)
    return max(1, ceil(longest))


def violated(policies: Sequence[Policy], decisions: Sequence[Decision]) -> list[str]:
    """The names of those that refuse."""
    pairs = zip(policies, decisions, strict=True)
    return [policy.name for policy, decision in pairs if not decision.admitted and not policy.shadow]


def ietf(policies: Sequence[Policy], decisions: Sequence[Decision], wait: int | None) -> list[Header]:
    """`RateLimit-Policy` and `RateLimit`; nothing of policies that only shadow.

    `t` never lies after `Retry-After` (draft, 6): somewhere between now and the whole quota there is more.
    """
    told, left = [], []
    for policy, decision in zip(policies, decisions, strict=True):
        if policy.shadow:
            continue
        told.append(_policy_item(policy))
        item = b'"%s";r=%d' % (policy.name.encode("ascii"), decision.remaining)
        if decision.admitted or decision.retry_after is not None:
            seconds = ceil(decision.reset_after if decision.admitted else decision.retry_after or 0)
            item += b";t=%d" % (seconds if wait is None else min(seconds, wait))
        left.append(item)
    if not told:
        return []
    return [(b"ratelimit-policy", b", ".join(told)), (b"ratelimit", b", ".join(left))]


def legacy(policies: Sequence[Policy], decisions: Sequence[Decision], wait: int | None) -> list[Header]:
    """`X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) of the policy with the least left."""
    told = [pair for pair in zip(policies, decisions, strict=True) if not pair[0].shadow]
    if not told:
        return []
    policy, decision = min(told, key=lambda pair: pair[1].remaining / pair[0].capacity)
    seconds = ceil(decision.reset_after)
    return [
        (b"x-ratelimit-limit", b"%d" % policy.quota),
        (b"x-ratelimit-remaining", b"%d" % decision.remaining),
        (b"x-ratelimit-reset", b"%d" % (seconds if wait is None else min(seconds, wait))),
    ]


def concurrent_fields(name: str, most: int, held: int) -> list[Header]:
    """The same of how many may run at once (draft, 2.1.2: `concurrent-requests`)."""
    written = name.encode("ascii")
    return [
        (b"ratelimit-policy", b'"%s";q=%d;qu="concurrent-requests"' % (written, most)),
        (b"ratelimit", b'"%s";r=%d' % (written, max(0, most - held))),
    ]


WRITINGS: Final[Mapping[str, Write]] = {"ietf": ietf, "legacy": legacy}


def _policy_item(policy: Policy) -> bytes:
    known = _WRITTEN.get(policy.name)
    if known is not None and known[0] is policy:
        return known[1]
    written = b'"%s";q=%d;w=%d' % (policy.name.encode("ascii"), policy.quota, policy.window)
    if policy.capacity != policy.quota:
        written += b";backstay-burst=%d" % policy.capacity
    _WRITTEN[policy.name] = (policy, written)
    return written


_WRITTEN: Final[dict[str, tuple[Policy, bytes]]] = {}
"""By name, for there are as many as are declared; what hashes a policy looks at all its fields."""
