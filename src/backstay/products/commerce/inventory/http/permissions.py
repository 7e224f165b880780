"""Who may see and move stock."""

from __future__ import annotations

from typing import Final

from backstay.kernel.actor import Permission

READ: Final = Permission(
    "inventory:read",
    "See stock, its ledger and what is reserved, in the organization's shops",
    presets=("user",),
)
MOVE: Final = Permission(
    "inventory:move", "Adjust, count and transfer stock, and put goods aside by hand", presets=("manager",)
)
MANAGE: Final = Permission("inventory:manage", "Open and close locations, and set thresholds of stock")
