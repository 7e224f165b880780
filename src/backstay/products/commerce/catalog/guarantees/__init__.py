"""What the catalogue promises, each as a check that planted bugs do not pass."""

from backstay.products.commerce.catalog.guarantees.facets import (
    facets_count_the_lists as facets_count_the_lists,
)
from backstay.products.commerce.catalog.guarantees.groups import (
    a_groups_prices_are_its_members as a_groups_prices_are_its_members,
)
from backstay.products.commerce.catalog.guarantees.imports import (
    imports_resume_and_undo_exactly as imports_resume_and_undo_exactly,
)
