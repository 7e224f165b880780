"""The two applications: notes, and notes with their trail kept."""

from __future__ import annotations

from typing import Final

from backstay import Module, modules

_BY_NAME: Final = {module.name: module for module in modules()}

WITHOUT: list[Module] = [_BY_NAME["idempotency"], _BY_NAME["notes"]]
WITH: list[Module] = [_BY_NAME["idempotency"], _BY_NAME["audit"], _BY_NAME["notes"]]
