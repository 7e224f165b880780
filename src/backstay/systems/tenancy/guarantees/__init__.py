"""What tenancy promises: of what is another organization's, of invitations, and of rights passed on."""

from backstay.systems.tenancy.guarantees.crossing import no_way_into_another
from backstay.systems.tenancy.guarantees.invitations import invitation_works_once
from backstay.systems.tenancy.guarantees.rights import taken_rights_are_not_given
from backstay.systems.tenancy.guarantees.sides import organizations_never_meet

__all__ = [
    "invitation_works_once",
    "no_way_into_another",
    "organizations_never_meet",
    "taken_rights_are_not_given",
]
