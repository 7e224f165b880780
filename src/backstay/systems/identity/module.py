"""The identity system's manifest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from backstay.kernel.actor import Authenticator, FreshSignIns, People
from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings, deployment_keys
from backstay.kernel.tasks import end
from backstay.systems.identity import commands, jobs, tables
from backstay.systems.identity.contracts import (
    ENROL,
    IMPERSONATE,
    OPERATE,
    READ,
    RESET_FACTORS,
    SECOND_FACTOR,
    SELF,
    TEXTS,
)
from backstay.systems.identity.http import (
    AccountController,
    AccountProvidersController,
    FactorsController,
    ImpersonationController,
    KeysController,
    LinksController,
    PasskeysController,
    PasskeySigningController,
    PersonalController,
    ProvidersController,
    SessionsController,
    SetupController,
    SigningController,
    TextsController,
    UsersController,
)
from backstay.systems.identity.seed import seed
from backstay.systems.identity.service import bans, personal, setting_up
from backstay.systems.identity.service.authenticating import SessionAuthenticator
from backstay.systems.identity.service.changes import OwnChanges
from backstay.systems.identity.service.freshness import KnownSignIns
from backstay.systems.identity.service.mails import ChangeMail, NoticeMail, ResetMail, VerifyMail
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.people import KnownPeople
from backstay.systems.identity.service.providers import examine_providers
from backstay.systems.identity.settings import IdentitySettings


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Make what sessions need; asks the database nothing yet."""
    database.parts.hold(KnownPeople(database), People)
    database.parts.hold(KnownSignIns(), FreshSignIns)
    database.parts.hold(OwnChanges())
    database.parts.hold(Identity(database, settings, deployment_keys(settings), modules))


def authenticates(backend: Backend) -> Authenticator:
    """What knows people by their sessions."""
    return SessionAuthenticator(backend.part(Identity), backend.clock)


@asynccontextmanager
async def keeping_up(backend: Backend) -> AsyncIterator[None]:
    """Load the signing keys, and hear of ended sessions as long as the server runs."""
    identity = backend.part(Identity)
    await identity.keyring.load(backend.database)
    task = asyncio.create_task(identity.standings.run())
    try:
        yield
    finally:
        await end(task)
        identity.passwords.close()


async def card(reader: Reader) -> Card:
    """How many accounts there are."""
    return Card(f"{await bans.count(reader):,}", "accounts")


module = Module(
    name="identity",
    summary="Accounts and sessions: rotating tokens, devices, resets, all ended within a second.",
    package=__package__,
    requires=["audit", "jobs", "mail", "ratelimit"],
    tables=tables.metadata,
    controllers=[
        SigningController,
        AccountController,
        SessionsController,
        FactorsController,
        PasskeysController,
        PasskeySigningController,
        ProvidersController,
        AccountProvidersController,
        PersonalController,
        UsersController,
        TextsController,
        ImpersonationController,
        SetupController,
        KeysController,
        LinksController,
    ],
    permissions=[SELF, SECOND_FACTOR, ENROL, READ, OPERATE, IMPERSONATE, RESET_FACTORS, TEXTS],
    settings=IdentitySettings,
    declares=[
        VerifyMail,
        ResetMail,
        ChangeMail,
        NoticeMail,
        jobs.send_sign_up_mail,
        jobs.send_reset_mail,
        jobs.send_change_mail,
        jobs.send_notice,
        jobs.send_code,
        jobs.note_wrong_password,
        jobs.note_wrong_code,
        jobs.export_account,
        jobs.erase_account,
        personal.OWN,
        jobs.tidy,
        jobs.TIDYING,
    ],
    prepare=prepare,
    authenticates=authenticates,
    guarantees=declared_in(f"{__package__}.guarantees"),
    examines=examine_providers,
    services=[keeping_up],
    greets=setting_up.greet,
    seed=seed,
    card=card,
    commands=[commands.users],
)
