"""What one may be allowed to do with payments."""

from __future__ import annotations

from typing import Final

from backstay.kernel.actor import Permission

READ: Final = Permission(
    "payments:read", "See payments, their refunds and the money ledger", presets=("support",)
)
REQUEST: Final = Permission("payments:request", "Ask somebody for money, and cancel that again")
CAPTURE: Final = Permission("payments:capture", "Take money that is reserved")
REFUND: Final = Permission("payments:refund", "Give money back", in_person=True)
OPERATE: Final = Permission(
    "payments:operate", "See and replay providers' events that no payment is known for yet", house=True
)
