"""What the catalogue refuses."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class NoSuchProduct(NotFound):
    """The shop has none, it is deleted, or shoppers do not see it now."""

    code = "product_not_found"
    title = "There is no such product"


class NoSuchTerm(NotFound):
    """The shop has no such category, brand or collection."""

    code = "term_not_found"
    title = "There is no such category, brand or collection"


class NoSuchPriceList(NotFound):
    """The shop has no such price list."""

    code = "price_list_not_found"
    title = "There is no such price list"


class NoSuchEdit(NotFound):
    """The shop has no such edit of prices."""

    code = "price_edit_not_found"
    title = "There is no such edit of prices"


class NoSuchFile(NotFound):
    """The shop has no such import or export."""

    code = "file_not_found"
    title = "There is no such import or export"


class SlugTaken(Conflict):
    """Another of the shop bears this slug now."""

    code = "slug_taken"
    title = "Another bears this slug"


class SkuTaken(Conflict):
    """Another variant of the shop has this SKU; `skus` names them."""

    code = "sku_taken"
    title = "Another variant has this SKU"


class Stale(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale"
    title = "It was changed since you read it"


class StillUsed(Conflict):
    """Other categories are in this one; move or remove them first."""

    code = "category_not_empty"
    title = "Other categories are in this one"


class NotUndoable(Conflict):
    """It was a dry run, is not done yet, or was undone already."""

    code = "not_undoable"
    title = "There is nothing to undo"


class NotReady(Conflict):
    """The export is still being written."""

    code = "not_ready"
    title = "The file is not ready yet"


class NoSuchGroup(NotFound):
    """The shop has no such group of customers."""

    code = "customer_group_not_found"
    title = "There is no such group of customers"


class NoSuchMember(NotFound):
    """The group has no such member."""

    code = "group_member_not_found"
    title = "There is no such member"


class CodeTaken(Conflict):
    """Another group of the shop has this code."""

    code = "group_code_taken"
    title = "Another group has this code"


class GroupUsed(Conflict):
    """Price lists are for it; `price_lists` says how many. Remove them, or make them another's, first."""

    code = "group_in_use"
    title = "Price lists are for this group"


class TooManyGroups(Conflict):
    """The shop has as many groups as it may; `most` says how many."""

    code = "too_many_groups"
    title = "There is no more room"
