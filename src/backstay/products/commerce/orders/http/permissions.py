"""What merchants may do with orders."""

from __future__ import annotations

from typing import Final

from backstay.kernel.actor import Permission

READ: Final = Permission(
    "orders:read", "See the orders of the organization's shops, with their customers", presets=("user",)
)
CHANGE: Final = Permission("orders:change", "Send, edit, cancel and take back orders, and note things")
REFUND: Final = Permission("orders:refund", "Give customers their money back")
