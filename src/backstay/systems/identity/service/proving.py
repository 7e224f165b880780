"""Proving who somebody is by their password: counted, hashed, told apart from nobody by nothing."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Final
from uuid import UUID

import idna

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.systems.identity.errors import BadCredentials, Banned
from backstay.systems.identity.queries import users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.guessing import Counted
from backstay.systems.identity.service.noting import NoteWrongPassword
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.password_rules import judge

_NOBODY: Final = UUID(int=0)


def mail_of(text: str) -> str:
    """The address with its domain in ASCII (IDNA 2008, UTS 46).

    Raises:
        Invalid: its domain is no domain name.
    """
    local, _, domain = text.rpartition("@")
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        problem = FieldError(pointer="/mail", code="format", message="its domain is no domain name")
        raise Invalid(problem) from None
    return f"{unicodedata.normalize('NFC', local)}@{ascii_domain}"


def mail_key_of(text: str) -> str:
    """How an address is compared: case does not count.

    Raises:
        Invalid: its domain is no domain name.
    """
    return mail_of(text).casefold()


async def prove_password(database: Database, mail_key: str, password: str, client: str | None) -> Person:
    """The person with this address, whose password this is; with today's hash from now on.

    Raises:
        BadCredentials: there is no such person, or it is not theirs.
        TooManyGuesses: too many wrong passwords; this one was not looked at.
    """
    identity = database.parts.part(Identity)
    account, network = identity.guesses.account(mail_key), identity.guesses.network(client)
    await database.run(ANONYMOUS, lambda uow: identity.guesses.reserve(uow, [account, network]))
    person = await database.reader(ANONYMOUS).first(users.BY_MAIL, mail_key=mail_key)
    held = await identity.passwords.check(
        _NOBODY if person is None else person.id, password, None if person is None else person.password
    )
    if person is None or not held:
        await database.run(
            ANONYMOUS, lambda uow: NoteWrongPassword(mail_key=mail_key, at=uow.now()).enqueue(uow)
        )
        raise BadCredentials
    await database.run(ANONYMOUS, lambda uow: _forgive(uow, identity, [account], network))
    return await _rehashed(database, identity, person, password)


async def _forgive(uow: UnitOfWork, identity: Identity, right: list[Counted], network: Counted) -> None:
    for counted in right:
        await identity.guesses.forget(uow, counted)
    await identity.guesses.give_back(uow, network)


async def _rehashed(database: Database, identity: Identity, person: Person, password: str) -> Person:
    assert person.password is not None
    if not identity.passwords.is_dated(person.id, person.password):
        return person
    sealed = await identity.passwords.hash(person.id, password)
    await database.run(
        ANONYMOUS, lambda uow: uow.execute(users.REHASH, id=person.id, old=person.password, password=sealed)
    )
    return await database.reader(ANONYMOUS).one(users.BY_ID, id=person.id)


def refuse_banned(uow: UnitOfWork, person: Person) -> None:
    """Let a person pass who is not banned.

    Raises:
        Banned: they are.
    """
    if is_banned(person, uow.now()):
        raise Banned(until=person.banned_until)


def is_banned(person: Person, now: datetime) -> bool:
    """Whether a ban holds at this moment."""
    return person.banned_at is not None and (person.banned_until is None or person.banned_until > now)


def judge_password(
    identity: Identity, password: str, mail: str, name: str, pointer: str = "/password"
) -> None:
    """Let a new password pass.

    Raises:
        WeakPassword: it is too easy to guess.
    """
    judge(
        password,
        minimum=identity.settings.password_minimum,
        context=[mail, name, identity.deployment],
        pointer=pointer,
    )
