"""What the tenancy system does."""

from backstay.systems.tenancy.service.choices import Sections, choose, list_settings, settings_of
from backstay.systems.tenancy.service.guesses import GuessCounter, GuessingMail, read_guesses
from backstay.systems.tenancy.service.invitations import (
    InvitationMail,
    accept,
    invite,
    list_invitations,
    look,
    withdraw,
)
from backstay.systems.tenancy.service.memberships import KnownMembers
from backstay.systems.tenancy.service.organizations import (
    close,
    create,
    current,
    inside,
    is_member,
    list_members,
    list_mine,
    remove,
    rename,
)
from backstay.systems.tenancy.service.personal import PERSONAL

__all__ = [
    "PERSONAL",
    "GuessCounter",
    "GuessingMail",
    "InvitationMail",
    "KnownMembers",
    "Sections",
    "accept",
    "choose",
    "close",
    "create",
    "current",
    "inside",
    "invite",
    "is_member",
    "list_invitations",
    "list_members",
    "list_mine",
    "list_settings",
    "look",
    "read_guesses",
    "remove",
    "rename",
    "settings_of",
    "withdraw",
]
