"""What can go wrong with organizations, beyond what can go wrong with anything."""

from __future__ import annotations

from backstay.kernel.errors import Forbidden, Gone, NotFound, PreconditionFailed


class NoSuchOrganization(NotFound):
    """The actor works in no organization that is kept here, or it has ended."""

    code = "no_such_organization"
    title = "There is no such organization"


class NoSuchMember(NotFound):
    """They do not belong to the organization."""

    code = "no_such_member"
    title = "There is no such member"


class NoSuchInvitation(NotFound):
    """It never was, was taken, withdrawn, replaced, or has expired: all look alike."""

    code = "no_such_invitation"
    title = "This invitation is not open"


class InvitationForAnother(Forbidden):
    """The signed-in person has not proven the address that was invited."""

    code = "invitation_for_another"
    title = "This invitation is for another address; sign in with it, and verify it"


class InvitationVoid(Gone):
    """Whoever invited may not give the role any more, or it is gone."""

    code = "invitation_void"
    title = "Whoever invited you may not do so any more"


class NoSuchSection(NotFound):
    """No composed module declares settings of this name for organizations."""

    code = "no_such_section"
    title = "Organizations have no such settings"


class StaleOrganization(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_organization"
    title = "The organization was changed since you read it"
