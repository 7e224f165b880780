"""The money ledger, and differences between it and a provider."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, insert, select

from backstay.kernel.database import Timestamp, excluded, listing, param, statement, upsert
from backstay.systems.payments.contracts import Balance, LedgerEntry
from backstay.systems.payments.tables import accounts, differences, entries, transactions


class Difference(Struct, frozen=True):
    """Where the provider and we do not agree on a payment."""

    payment_id: UUID
    what: str
    ours: str
    theirs: str
    found_at: datetime


class Sum(Struct, frozen=True):
    """What an account holds of one payment."""

    account: str
    amount: int


ADD = statement(
    upsert(transactions, key=("organization_id", "payment_id", "kind", "fact"))
    .insert(id=param("id"), amount=param("amount"), currency=param("currency"))
    .returning(transactions.c.id),
    UUID,
)
"""A fact that is in the books already is left alone, and gives nothing back."""
ADD_PAST = statement(
    insert(transactions).values(
        {
            name: param(name, transactions.c[name].type)
            for name in ("id", "payment_id", "kind", "fact", "amount", "currency", "created_at")
        }
    )
)
ADD_ENTRY = statement(insert(entries))
MOVE = statement(
    upsert(accounts, key=("organization_id", "account", "currency"))
    .insert(balance=param("amount"))
    .update(balance=accounts.c.balance + param("amount"))
)
MOVE_BOTH = statement(
    upsert(accounts, key=("organization_id", "account", "currency"))
    .rows(
        {"account": param("first"), "balance": param("amount")},
        {"account": param("second"), "balance": -param("amount")},
    )
    .update(balance=accounts.c.balance + excluded(accounts.c.balance))
)
"""From the second account to the first; their rows are locked in this order."""
BALANCES = listing(
    select(accounts.c.account, accounts.c.currency, accounts.c.balance),
    Balance,
    name="payments.balances",
    key=accounts.c.account,
    sorts={"currency": accounts.c.currency},
    default=("currency",),
)
_AMOUNT = entries.c.side * entries.c.magnitude
_JOINED = entries.join(transactions, transactions.c.id == entries.c.transaction_id)
OF_PAYMENT = statement(
    select(
        transactions.c.id.label("transaction_id"),
        transactions.c.kind,
        entries.c.account,
        transactions.c.currency,
        _AMOUNT.label("amount"),
        transactions.c.created_at,
    )
    .select_from(_JOINED)
    .where(transactions.c.payment_id == param("payment_id"))
    .order_by(transactions.c.id, entries.c.side.desc()),
    LedgerEntry,
)
SUMS = statement(
    select(entries.c.account, func.sum(_AMOUNT).label("amount"))
    .select_from(_JOINED)
    .where(transactions.c.payment_id == param("payment_id"))
    .group_by(entries.c.account)
    .order_by(entries.c.account),
    Sum,
)

NOTE = statement(
    upsert(differences, key=("organization_id", "payment_id", "what"))
    .insert(ours=param("ours"), theirs=param("theirs"), found_at=param("found_at", Timestamp))
    .update(ours=param("ours"), theirs=param("theirs"))
)
FORGET = statement(delete(differences).where(differences.c.payment_id == param("payment_id")))
DIFFERENCES = listing(
    select(*(differences.c[name] for name in Difference.__struct_fields__)),
    Difference,
    name="payments.differences",
    key=differences.c.payment_id,
    sorts={"found_at": differences.c.found_at},
    default=("-found_at",),
)
