"""What can go wrong here."""

from __future__ import annotations

from backstay import NotFound


class ItemNotFound(NotFound):
    """There is no such item in this organization."""

    code = "item_not_found"
    title = "There is no such item"
