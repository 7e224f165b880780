"""When a failed attempt is made again: full jitter, and a budget that holds back a storm of retries."""

from __future__ import annotations

import random
import time
from typing import Final

from backstay.systems.jobs.contracts import Backoff

_SHARE: Final = 0.2
"""Retries that each success pays for."""
_RESERVE: Final = 20.0
"""Retries that a kind may make with no success at all."""


def backoff_delay(backoff: Backoff, attempt: int) -> float:
    """Seconds before the attempt after this one."""
    longest = min(backoff.cap, backoff.base * 2.0 ** min(attempt - 1, 62))
    return random.uniform(0, longest) if backoff.jitter else longest  # noqa: S311 - jitter, not a secret


class RetryBudget:
    """What one kind may still retry in this worker; refills with successes and, slowly, with time."""

    def __init__(self) -> None:
        self._left = _RESERVE
        self._refilled = time.monotonic()

    def succeeded(self) -> None:
        """A success pays for a part of a retry."""
        self._left = min(_RESERVE, self._left + _SHARE)

    def retry(self) -> bool:
        """Spend a retry; False when there is none left to spend."""
        now = time.monotonic()
        self._left = min(_RESERVE, self._left + (now - self._refilled) * _SHARE)
        self._refilled = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
