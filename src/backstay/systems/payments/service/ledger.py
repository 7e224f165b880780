"""The money ledger: every fact is booked once, with a debit and a credit of the same amount.

Three accounts tell where the money is. `customers` goes down when they pay and up when they are
paid back, `held:<provider>` is what the provider holds for us, `refunding:<provider>` what is on its
way back. They add up to zero: money in = money out + held.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

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
    debit, credit = sides(kind, payment.provider)
    for account, side in sorted([(debit, 1), (credit, -1)]):  # one order, so that nobody waits in a ring
        await uow.execute(
            queries.ADD_ENTRY, transaction_id=transaction_id, side=side, magnitude=amount, account=account
        )
        await uow.execute(queries.MOVE, account=account, currency=payment.currency, amount=side * amount)
