"""Giving out what is kept."""

from __future__ import annotations

import math

from backstay.systems.httpcache.contracts import Asked, Given
from backstay.systems.httpcache.service import conditions
from backstay.systems.httpcache.service.fields import without
from backstay.systems.httpcache.service.keeping import Stored


def given_of(asked: Asked, stored: Stored, now: float) -> Given:
    """A kept answer with its age, as this request wants it."""
    aged = math.floor(stored.times.age(now))
    fields = [*without(stored.fields, ("age",)), ("age", str(aged))]
    return conditions.narrowed(asked.method, asked.fields, stored.status, fields, stored.body, stored.came)
