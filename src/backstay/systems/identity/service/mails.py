"""The mails of accounts, and the jobs that send them.

Who asked waits for none of this: whether an address is known shows in no answer and no delay.
The jobs make the token themselves, so that none lies in the store of jobs.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar, Self
from uuid import UUID

from typing_extensions import override

from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.identity.contracts import MailPurpose
from backstay.systems.identity.queries import mail_tokens, users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.part import Identity
from backstay.systems.jobs import Job, JobOptions
from backstay.systems.mail import Address, MailTemplate, send

_SAMPLE_TOKEN = "bsl_" + "x" * 43
_OPTIONS = JobOptions(queue="identity", max_attempts=10)


class LinkMail(MailTemplate, frozen=True, kw_only=True):
    """What every mail with a link holds."""

    deployment: str
    name: str
    token: str
    link: str
    minutes: int

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        link = f"https://example.test/account/verify/{_SAMPLE_TOKEN}"
        return cls(deployment="backstay", name="Ada", token=_SAMPLE_TOKEN, link=link, minutes=10)


class VerifyMail(LinkMail, frozen=True, kw_only=True):
    """Asks whether the address is theirs who signed up with it."""


class ResetMail(LinkMail, frozen=True, kw_only=True):
    """Lets somebody choose a new password."""


class ChangeMail(LinkMail, frozen=True, kw_only=True):
    """Asks whether the new address of an account is theirs."""


class NoticeMail(MailTemplate, frozen=True, kw_only=True):
    """Tells somebody what happened to their account."""

    deployment: str
    name: str
    what: str
    """A whole sentence."""

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        return cls(deployment="backstay", name="Ada", what="The password of your account was changed.")


class SendSignUpMail(Job, frozen=True, kw_only=True):
    """Send whoever has this address what fits: a link, or a word that they have an account already."""

    options: ClassVar[JobOptions] = _OPTIONS
    mail_key: str


class SendResetMail(Job, frozen=True, kw_only=True):
    """Send whoever has this address, if anybody does, a link to choose a new password."""

    options: ClassVar[JobOptions] = _OPTIONS
    mail_key: str


class SendChangeMail(Job, frozen=True, kw_only=True):
    """Send a link to the address that an account shall have."""

    options: ClassVar[JobOptions] = _OPTIONS
    user_id: UUID
    mail: str


class SendNotice(Job, frozen=True, kw_only=True):
    """Tell somebody what happened to their account."""

    options: ClassVar[JobOptions] = _OPTIONS
    mail: str
    name: str
    what: str


_TEMPLATES: dict[MailPurpose, type[LinkMail]] = {
    MailPurpose.VERIFY: VerifyMail,
    MailPurpose.RESET: ResetMail,
    MailPurpose.CHANGE: ChangeMail,
}


async def send_sign_up_mail(database: Database, job: SendSignUpMail, job_id: UUID) -> None:
    """As the job of this name says."""
    identity = database.parts.part(Identity)

    async def work(uow: UnitOfWork) -> None:
        person = await uow.first(users.BY_MAIL, mail_key=job.mail_key)
        if person is None:
            return
        if person.verified_at is None:
            await _send_link(uow, person, MailPurpose.VERIFY, person.mail, job_id)
            return
        what = (
            "Somebody, perhaps you, tried to sign up with this address. It has an account already: "
            "sign in, or ask for a new password if you forgot yours."
        )
        await _send_notice(uow, person.mail, person.name, what, job_id)

    await database.run(identity.postman, work)


async def send_reset_mail(database: Database, job: SendResetMail, job_id: UUID) -> None:
    """As the job of this name says."""

    async def work(uow: UnitOfWork) -> None:
        person = await uow.first(users.BY_MAIL, mail_key=job.mail_key)
        if person is not None:
            await _send_link(uow, person, MailPurpose.RESET, person.mail, job_id)

    await database.run(database.parts.part(Identity).postman, work)


async def send_change_mail(database: Database, job: SendChangeMail, job_id: UUID) -> None:
    """As the job of this name says."""

    async def work(uow: UnitOfWork) -> None:
        person = await uow.first(users.BY_ID, id=job.user_id)
        if person is not None:
            await _send_link(uow, person, MailPurpose.CHANGE, job.mail, job_id)

    await database.run(database.parts.part(Identity).postman, work)


async def send_notice(database: Database, job: SendNotice, job_id: UUID) -> None:
    """As the job of this name says."""
    postman = database.parts.part(Identity).postman
    await database.run(postman, lambda uow: _send_notice(uow, job.mail, job.name, job.what, job_id))


def digest_of(token: str) -> bytes:
    """What is kept of a link's token: it has 256 random bits, so a plain hash gives nothing away."""
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


async def _send_link(uow: UnitOfWork, person: Person, purpose: MailPurpose, mail: str, job_id: UUID) -> None:
    identity = uow.part(Identity)
    lifetime = identity.settings.mail_token_lifetime
    token = f"bsl_{secrets.token_urlsafe(32)}"
    letter = _TEMPLATES[purpose](
        deployment=identity.deployment,
        name=person.name,
        token=token,
        # From the settings, never from a request's `Host`, which its sender chooses.
        link=f"{identity.public_url}/account/{purpose.value}/{token}",
        minutes=int(lifetime // 60),
    )
    receipt = await send(uow, letter, to=Address(mail, person.name), key=f"identity:{job_id}")
    if not receipt.created:
        return  # the job ran before and its end was lost: the token in that mail is the one that counts
    expires = uow.now() + timedelta(seconds=lifetime)
    await uow.execute(
        mail_tokens.PUT,
        user_id=person.id,
        purpose=purpose.value,
        digest=digest_of(token),
        mail=mail,
        expires_at=expires,
    )


async def send_notice_now(uow: UnitOfWork, person: Person, what: str, cause: UUID) -> None:
    """Tell somebody in this unit, which is the postman's; for when their account is about to be gone."""
    await _send_notice(uow, person.mail, person.name, what, cause)


async def _send_notice(uow: UnitOfWork, mail: str, name: str, what: str, job_id: UUID) -> None:
    letter = NoticeMail(deployment=uow.part(Identity).deployment, name=name, what=what)
    await send(uow, letter, to=Address(mail, name), key=f"identity:{job_id}")
