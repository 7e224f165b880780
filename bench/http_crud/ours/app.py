"""The one list of modules: the house's own, all of them, and the benchmark's."""

from __future__ import annotations

import backstay
from backstay import Module
from bench.http_crud.ours.items.module import module as items

MODULES: list[Module] = [*backstay.modules(), items]
