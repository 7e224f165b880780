"""What merchants may do with a catalogue."""

from __future__ import annotations

from backstay.kernel.actor import Permission

READ = Permission("catalog:read", "See the products and prices of shops, published or not", presets=("user",))
WRITE = Permission("catalog:write", "Make, change, delete, price, import and export the products of shops")
GROUPS = Permission(
    "catalog:groups", "Make and remove groups of customers with prices of their own, and say who is in them"
)
