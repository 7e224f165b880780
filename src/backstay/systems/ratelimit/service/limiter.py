"""The limiter: one call for whatever wants to be limited, over HTTP or in a module's own code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from backstay.systems.ratelimit.contracts import Policy, Store, Take, Verdict, key_of
from backstay.systems.ratelimit.errors import QuotaExceeded
from backstay.systems.ratelimit.service.book import Book
from backstay.systems.ratelimit.service.fields import retry_after, violated
from backstay.systems.ratelimit.service.meters import Meters

_KEPT: Final = 10_000


class Asking(Struct, frozen=True):
    """One policy, who is counted under it, and how much they take."""

    policy: Policy
    subject: tuple[str, ...]
    """Names whose quota it is, in parts that are never run together."""
    cost: int = 1


class Limiter:
    """Takes from quotas; a unit of work reaches it by `uow.part(Limiter)`."""

    def __init__(self, store: Store, book: Book, meters: Meters) -> None:
        self.store = store
        self.book = book
        self.meters = meters
        self._keys: dict[tuple[str, tuple[str, ...]], tuple[Policy, bytes]] = {}

    async def take(self, name: str, *subject: str, cost: int = 1) -> None:
        """Take from a policy that a manifest declares (`Limit`), all or nothing.

        Not part of the unit of work it is called in: what was taken stays so when that is rolled back.

        Args:
            name: the policy's.
            subject: whose quota, in parts that are never run together: `"recipient", address`.
            cost: units.

        Raises:
            QuotaExceeded: nothing was taken; says when to come back.
            LookupError: nobody declares the policy.
        """
        if self.book.entry(name) is None:
            raise LookupError(f"nobody declares a policy {name!r}: declare a Limit in the manifest")
        policy = self.book.in_force.get(name)
        if policy is not None:
            await self.take_all([Asking(policy, subject, cost)])

    async def take_all(self, asked: Sequence[Asking]) -> Verdict:
        """Take from several policies in one step: from all of them, or from none.

        Raises:
            QuotaExceeded: one refuses, or several do.
        """
        verdict = await self.ask(asked)
        if not verdict.admitted:
            raise refusal([one.policy for one in asked], verdict)
        return verdict

    async def ask(self, asked: Sequence[Asking]) -> Verdict:
        """The same without an error: `Verdict.admitted` says what became of it."""
        verdict = await self.store.take([Take(one.policy, self.key(one), one.cost) for one in asked])
        self.meters.note(asked, verdict)
        return verdict

    def key(self, asked: Asking) -> bytes:
        """Under which the store counts them; remembered, for the same few ask again and again."""
        name = (asked.policy.name, asked.subject)
        known = self._keys.get(name)
        if known is not None and known[0] is asked.policy:
            return known[1]
        key = key_of(asked.policy, *asked.subject)
        if len(self._keys) >= _KEPT:
            self._keys.clear()
        self._keys[name] = (asked.policy, key)
        return key


def refusal(policies: Sequence[Policy], verdict: Verdict) -> QuotaExceeded:
    """What is answered to whoever a verdict refuses."""
    return QuotaExceeded(violated(policies, verdict.decisions), retry_after(policies, verdict.decisions))
