"""Tenancy: organizations, their members, invitations and settings.

Promises: an invitation is taken once, by whom it was meant for, and only while whoever invited
may still give the role; an organization keeps an owner until it ends; what is one organization's
another's people neither read nor change. Limits: invitations go to mail addresses; people switch
organizations by the sessions of whoever keeps accounts.
"""

from backstay.systems.tenancy.contracts import Member, Organization, OrganizationSection
from backstay.systems.tenancy.errors import NoSuchInvitation, NoSuchMember, NoSuchOrganization
from backstay.systems.tenancy.service import create, inside, invite, is_member, settings_of

__all__ = [
    "Member",
    "NoSuchInvitation",
    "NoSuchMember",
    "NoSuchOrganization",
    "Organization",
    "OrganizationSection",
    "create",
    "inside",
    "invite",
    "is_member",
    "settings_of",
]
