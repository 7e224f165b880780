"""What API keys promise: revoked within a second, exact, and never more than their maker may do."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

from backstay.kernel.actor import Shown
from backstay.kernel.guarantees import Client, Finding, Lab, Operation, Patch, Verdict, guarantee, judge
from backstay.systems.apikeys.queries import KeyRow
from backstay.systems.apikeys.service import KeyForm, authenticating
from backstay.systems.apikeys.service.form import check

_KEYS: Final = "/v1/api-keys"
_NOTES: Final = "/v1/notes"
_USED: Final = "GET with a key"
_DEADLINE: Final = 1.0


def _with(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@guarantee(
    "revoked-key-is-refused-everywhere",
    promise="One second after an API key was revoked, every process refuses it.",
    safety="probe",
    trials=3,
    core=False,  # ended sessions, which are there, go the same way
)
async def revoked_key_is_refused_everywhere(lab: Lab) -> Verdict:
    """Use keys on two servers all the time, revoke each on one, and use it on both a second later."""
    await lab.server(processes=2)
    clients = lab.clients(2)
    maker = lab.clients(1)
    late: list[Operation] = []
    used = 0
    for _ in lab.trials():
        issued: list[Any] = []

        async def make(client: Client, issued: list[Any] = issued) -> None:
            issued.append(await client.post(_KEYS, json={"name": "probe", "scopes": ["notes:read"]}))

        async def use(client: Client, issued: list[Any] = issued) -> None:
            await client.request("GET", _NOTES, headers=_with(issued[0]["key"]), name=_USED)

        async def revoke(client: Client, issued: list[Any] = issued) -> None:
            await client.delete(f"{_KEYS}/{issued[0]['id']}")

        await maker.each(1, make)
        async with clients.running(use):
            await lab.acknowledged(20)
            await maker.each(1, revoke)
            await asyncio.sleep(_DEADLINE)
        before = len(lab.history.operations)
        await clients.each(5, use)
        after = [op for op in lab.history.operations[before:] if op.name == _USED]
        late += [op for op in after if op.status != 401]
        used += len(after)
    words = "a key was let in more than a second after it was revoked"
    return judge(Finding(words, (late[0].id,)) if late else None, used_after_revocation=used)


@revoked_key_is_refused_everywhere.sabotage("believe a key for a minute once it was seen")
def believe(patch: Patch) -> None:
    """A cache that nobody tells, and that does not ask."""
    patch(authenticating, "FRESH", 60.0)


@guarantee(
    "only-the-exact-key-is-let-in",
    promise="A key that was cut, made longer or changed in any character is refused, and a key does nothing "
    "beyond its scopes.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def only_the_exact_key_is_let_in(lab: Lab) -> Verdict:
    """Make a key, then try it with every sort of change, and at what it was not made for."""
    await lab.server()
    findings: list[Finding | None] = []
    tried = 0

    async def attempt(client: Client) -> None:
        nonlocal tried
        issued = await client.post(_KEYS, json={"name": "probe", "scopes": ["notes:read"]})
        key = str(issued["key"])
        right = await client.request("GET", _NOTES, headers=_with(key), name=_USED)
        if right.status != 200:
            findings.append(Finding(f"the right key was answered with {right.status}", (right.operation.id,)))
        beyond = await client.request("POST", _NOTES, json={"title": "x"}, headers=_with(key), name="POST")
        if beyond.status != 403:
            findings.append(Finding("a key did what its scopes do not name", (beyond.operation.id,)))
        for wrong in _wrong(client, key):
            tried += 1
            reply = await client.request("GET", _NOTES, headers=_with(wrong), name=_USED)
            if reply.status != 401:
                words = f"a changed key was answered with {reply.status}"
                findings.append(Finding(words, (reply.operation.id,)))

    await lab.clients(2).each(3, attempt)
    return judge(*findings, changed_keys=tried)


def _wrong(client: Client, key: str) -> list[str]:
    place = client.random.randrange(len("bsk_"), len(key))
    other = client.random.choice([one for one in "0aZ9" if one != key[place]])
    # The check made right again, as who knows the form would.
    secret = key[:-7] + ("a" if key[-7] != "a" else "b")
    return [
        key[:-1],
        key[:-6],
        key + "0",
        key + key[-1],
        key[:place] + other + key[place + 1 :],
        _rechecked(secret),
        _rechecked(key[:-7]),
        _rechecked(key[:-6] + "A"),
    ]


def _rechecked(body: str) -> str:
    """The body with the check that belongs to it."""
    return body + check(body)


@only_the_exact_key_is_let_in.sabotage("find the key by the id in it, and compare no digest")
def by_id_only(patch: Patch) -> None:
    """Then whoever has seen an id has the key."""

    def found(row: KeyRow, _text: str) -> bool:
        return row.user_id is not None

    patch(authenticating, "matches", found)


@only_the_exact_key_is_let_in.sabotage("look at as many characters as a key has, and no further")
def only_the_beginning(patch: Patch) -> None:
    """What is longer passes then (Zitadel, CVE-2026-27840)."""
    shown = authenticating._shown
    length = len(KeyForm("bsk", "test").make(UUID(int=0)))

    def cut(request: Shown) -> str | None:
        text = shown(request)
        return text if text is None else text[:length]

    patch(authenticating, "_shown", cut)
