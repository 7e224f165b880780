"""The use cases of the notes product, each for the actor of its unit or reader, on that actor's own notes."""

from backstay.products.notes.service.markdown import rendered, to_html
from backstay.products.notes.service.notes import change, count, create, delete, get, list_notes, restore
from backstay.products.notes.service.personal import PERSONAL
from backstay.products.notes.service.sharing import list_shares, read_shared, share, unshare
from backstay.products.notes.service.tags import list_tags, remove_tag, rename_tag
from backstay.products.notes.service.upkeep import purge, purge_all

__all__ = [
    "PERSONAL",
    "change",
    "count",
    "create",
    "delete",
    "get",
    "list_notes",
    "list_shares",
    "list_tags",
    "purge",
    "purge_all",
    "read_shared",
    "remove_tag",
    "rename_tag",
    "rendered",
    "restore",
    "share",
    "to_html",
    "unshare",
]
