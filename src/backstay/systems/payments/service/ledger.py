"""The money ledger: every fact is booked once, with a debit and a credit of the same amount.

Three accounts tell where the money is. `customers` goes down when they pay and up when they are
paid back, `held:<provider>` is what the provider holds for us, `refunding:<provider>` what is on its
way back. They add up to zero: money in = money out + held.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.payments.contracts import Payment
from backstay.systems.payments.queries import ledger as queries

CUSTOMERS: Final = "customers"


class Kind(StrEnum):
    """What is booked."""

    CAPTURE = "capture"
    REFUND_REQUESTED = "refund_requested"
    REFUND_SETTLED = "refund_settled"
    REFUND_RETURNED = "refund_returned"
    """It failed while it was on its way."""
    REFUND_REVERSED = "refund_reversed"
    """It failed after it had arrived."""


def held(provider: str) -> str:
    """The account of what a provider holds."""
    return f"held:{provider}"


def refunding(provider: str) -> str:
    """The account of what is on its way back."""
    return f"refunding:{provider}"


def sides(kind: Kind, provider: str) -> tuple[str, str]:
    """The accounts of the debit and of the credit."""
    match kind:
        case Kind.CAPTURE:
            return held(provider), CUSTOMERS
        case Kind.REFUND_REQUESTED:
            return refunding(provider), held(provider)
        case Kind.REFUND_SETTLED:
            return CUSTOMERS, refunding(provider)
        case Kind.REFUND_RETURNED:
            return held(provider), refunding(provider)
        case Kind.REFUND_REVERSED:
            return held(provider), CUSTOMERS


def book_first(uow: UnitOfWork, payment: Payment, fact: str, amount: int) -> None:
    """Book the capture of a payment that this very unit makes: there is no fact yet that it could repeat."""
    transaction_id = uuid7()
    first = {"id": transaction_id, "payment_id": payment.id, "kind": Kind.CAPTURE.value, "fact": fact}
    more = {"amount": amount, "currency": payment.currency, "created_at": uow.now()}
    uow.write(queries.ADD_PAST, first | more)
    _enter(uow, payment, Kind.CAPTURE, transaction_id, amount)


async def book(uow: UnitOfWork, payment: Payment, kind: Kind, fact: str, amount: int) -> None:
    """Book a fact; one that is in the books already changes nothing.

    Args:
        uow: holds the payment's row.
        payment: whose money it is.
        kind: what happened.
        fact: which one, e.g. a refund's id; unique for the payment and the kind.
        amount: minor units, more than none.
    """
    transaction_id = uuid7()
    added = await uow.first(
        queries.ADD,
        id=transaction_id,
        payment_id=payment.id,
        kind=kind.value,
        fact=fact,
        amount=amount,
        currency=payment.currency,
    )
    if added is None:
        return
    _enter(uow, payment, kind, transaction_id, amount)


def _enter(uow: UnitOfWork, payment: Payment, kind: Kind, transaction_id: UUID, amount: int) -> None:
    """Debit and credit. Every payment of an organization moves its accounts: they are locked at the end."""
    debit, credit = sides(kind, payment.provider)
    entry = {"transaction_id": transaction_id, "magnitude": amount}
    both = ((debit, 1), (credit, -1))
    uow.write(queries.ADD_ENTRY, *({**entry, "side": side, "account": account} for account, side in both))
    (first, side), (second, _) = sorted(both)  # one order, so that nobody waits in a ring
    moved = {"first": first, "second": second, "amount": side * amount, "currency": payment.currency}

    async def move() -> None:
        uow.write(queries.MOVE_BOTH, moved)

    uow.before_commit(move)
