"""What is measured as a shop: everything but the mails to its customers; the peers send none either."""

from __future__ import annotations

from typing import Final

from backstay.app import MODULES as ALL
from backstay.products.commerce.notices.module import module as notices

MODULES: Final = [module for module in ALL if module is not notices]
