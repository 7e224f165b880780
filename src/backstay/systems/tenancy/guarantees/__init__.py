"""What tenancy promises: of what is another organization's, of invitations, owners, and rights passed on."""

from backstay.systems.tenancy.guarantees.crossing import no_way_into_another
from backstay.systems.tenancy.guarantees.invitations import invitation_works_once
from backstay.systems.tenancy.guarantees.owners import every_way_out_leaves_an_owner
from backstay.systems.tenancy.guarantees.rights import taken_rights_are_not_given
from backstay.systems.tenancy.guarantees.sides import organizations_never_meet

__all__ = [
    "every_way_out_leaves_an_owner",
    "invitation_works_once",
    "no_way_into_another",
    "organizations_never_meet",
    "taken_rights_are_not_given",
]
