"""Recording: gathered while a unit works, written once, just before its commit."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
import rfc8785
from msgspec import Struct

from backstay.kernel.database import UnitOfWork, timestamp_text
from backstay.kernel.observation import current_record
from backstay.kernel.signing import Keys
from backstay.systems.audit import queries
from backstay.systems.audit.contracts import ACTION_PATTERN
from backstay.systems.audit.service import verifier
from backstay.systems.audit.service.person_keys import PersonKeys
from backstay.systems.audit.service.sealing import Sealer
from backstay.systems.audit.service.vault import Vault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ACTION: Final = re.compile(ACTION_PATTERN)
FORMAT: Final = 1
_NUMBERED: Final = '"seq":0,"subject":'
"""Where a record's number stands in its canonical text, before it has one."""


class _Draft(Struct, frozen=True):
    action: str
    subject_type: str
    subject_id: str
    person_id: UUID | None
    before: Any
    after: Any


class Auditor:
    """What recording and signing need; one a backend, reached by `uow.part(Auditor)`."""

    def __init__(self, keys: Keys, vault: Vault | None = None) -> None:
        """Derives its keys from the deployment's secret; people's are in the vault, if there is one."""
        self.sealer = Sealer(keys.derive("audit.people"))
        self.person_keys = PersonKeys(self.sealer, vault)
        self._signing_key = keys.derive("audit.checkpoints")
        self._drafts: WeakKeyDictionary[UnitOfWork, list[_Draft]] = WeakKeyDictionary()

    @cached_property
    def signing(self) -> Ed25519PrivateKey:
        """What signs checkpoints."""
        # Late: a second OpenSSL, seven megabytes, for the first checkpoint.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._signing_key)

    @cached_property
    def public_key(self) -> bytes:
        """What their signatures are checked with."""
        return self.signing.public_key().public_bytes_raw()

    def add(self, uow: UnitOfWork, draft: _Draft) -> None:
        """Keep a draft until the unit's end."""
        drafts = self._drafts.get(uow)
        if drafts is None:
            drafts = self._drafts[uow] = []
            uow.before_commit(lambda: self._write(uow))
        drafts.append(draft)

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
        """As `record`; for modules that do not require this one (`kernel.trail.Trail`)."""
        record(uow, action, subject=subject, before=before, after=after, person=person)

    async def _write(self, uow: UnitOfWork) -> None:
        # Late, so that the chain is held for as short as can be: from here to the commit.
        drafts = self._drafts.pop(uow, [])
        sealed = [await self._data(uow, draft) for draft in drafts]
        if len(drafts) == 1 and uow.dialect == "postgresql":
            await append_one(uow, drafts[0], sealed[0])
        else:
            await append(uow, drafts, sealed)

    async def _data(self, uow: UnitOfWork, draft: _Draft) -> dict[str, Any]:
        data = {"before": draft.before, "after": draft.after}
        person = draft.person_id
        if person is None:
            return data
        key = await self.person_keys.to_seal(uow, person)
        return {"sealed": self.sealer.seal(key, uow.organization_id, person, data)}


async def append(uow: UnitOfWork, drafts: list[_Draft], sealed: list[dict[str, Any]]) -> None:
    """Number and chain records, in three statements."""
    chain = await uow.one(queries.ADVANCE, count=len(drafts), genesis=verifier.GENESIS)
    head, rows = chain.hash, []
    for seq, (draft, data) in enumerate(zip(drafts, sealed, strict=True), chain.seq - len(drafts) + 1):
        record = _record(uow, draft, seq) | data
        head = verifier.link(head, record)
        text = rfc8785.dumps(record).decode("utf-8")
        rows.append({**_columns(uow, draft), "seq": seq, "record": text, "hash": head})
    await uow.execute_many(queries.APPEND, rows)
    await uow.execute(queries.SET_HEAD, hash=head)


async def append_one(uow: UnitOfWork, draft: _Draft, data: dict[str, Any]) -> None:
    """The same for one record, in one statement; only on PostgreSQL."""
    text = rfc8785.dumps(_record(uow, draft, 0) | data).decode("utf-8")
    # Names are in order (RFC 8785, 3.2.3), and behind the record's own subject there are only strings, in
    # which quotes are escaped: so the last one found is the record's.
    head, _, tail = text.rpartition(_NUMBERED)
    before, after = _NUMBERED.split("0")
    row = _columns(uow, draft)
    await uow.execute(
        queries.APPEND_ONE, head=head + before, tail=after + tail, genesis=verifier.GENESIS, **row
    )


def _columns(uow: UnitOfWork, draft: _Draft) -> dict[str, Any]:
    """What is kept beside the record, for finding it."""
    return {
        "at": uow.now(),
        "action": draft.action,
        "actor_id": uow.actor.id,
        "subject_id": draft.subject_id,
        "person_id": draft.person_id,
    }


def _record(uow: UnitOfWork, draft: _Draft, seq: int) -> dict[str, Any]:
    actor, request = uow.actor, current_record.get()
    return {
        "format": FORMAT,
        "organization": str(uow.organization_id),
        "seq": seq,
        "at": timestamp_text(uow.now()),
        "action": draft.action,
        "actor": {
            "id": str(actor.id),
            "kind": actor.kind.value,
            "session": None if actor.session_id is None else str(actor.session_id),
            "impersonator": None if actor.impersonator_id is None else str(actor.impersonator_id),
        },
        "subject": {"type": draft.subject_type, "id": draft.subject_id},
        "person": None if draft.person_id is None else str(draft.person_id),
        "request": None if request is None else request.request_id,
    }


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

    Args:
        uow: whose change it is.
        action: `<module>.<what_happened>`, e.g. `orders.order_shipped`.
        subject: what it happens to: a kind and an id, e.g. `("order", order.id)`.
        before: what was, as anything JSON can say; contracts are turned into JSON.
        after: what is now.
        person: whose data `before` and `after` are. They are sealed then, and erased with the person.

    Raises:
        ValueError: the action is not named like that.
        LookupError: the module `audit` is not composed.
    """
    if _ACTION.fullmatch(action) is None:
        raise ValueError(f"{action!r} is no name of an action: <module>.<what_happened>")
    kind, id_ = subject
    draft = _Draft(action, kind, str(id_), person, _plain(before), _plain(after))
    uow.part(Auditor).add(uow, draft)


def _plain(value: Any) -> Any:
    """As JSON has it; whole numbers beyond 2**53 as text, for canonical JSON has none (RFC 8785, 3.2.2.3)."""
    return _safe(msgspec.to_builtins(value))


def _safe(value: Any) -> Any:
    match value:
        case bool() | None | str() | float():
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)
        case dict():
            return {str(key): _safe(one) for key, one in value.items()}
        case list() | tuple():
            return [_safe(one) for one in value]
        case _:
            return str(value)
