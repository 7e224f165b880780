"""The seam to the audit trail: who changes something says so here, whether anybody keeps it or not.

A module need not require the system that keeps the trail; composed without it, nothing is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from backstay.kernel.database import UnitOfWork


class Trail(Protocol):
    """Keeps what happened; held by the system of audit."""

    def record(
        self,
        uow: UnitOfWork,
        action: str,
        *,
        subject: tuple[str, object],
        before: Any = None,
        after: Any = None,
        person: UUID | None = None,
    ) -> None:
        """As `record`."""
        ...


def record(
    uow: UnitOfWork,
    action: str,
    *,
    subject: tuple[str, object],
    before: Any = None,
    after: Any = None,
    person: UUID | None = None,
) -> None:
    """Record that the unit's actor does something; it is written by the unit's commit, or not at all.

    Whoever may read the organization's trail reads this, so what is one person's alone is no part
    of it: say that it changed, not what it says.

    Args:
        uow: whose change it is.
        action: `<module>.<what_happened>`, e.g. `orders.order_shipped`.
        subject: what it happens to: a kind and an id, e.g. `("order", order.id)`.
        before: what was, as anything JSON can say; contracts are turned into JSON.
        after: what is now.
        person: whose data `before` and `after` are. They are sealed then, and erased with the person.

    Raises:
        ValueError: the action is not named like that.
    """
    try:
        trail = uow.part(Trail)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return
    trail.record(uow, action, subject=subject, before=before, after=after, person=person)
