"""Days, weeks and months of a shop's own time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from backstay.kernel.errors import FieldError, Invalid
from backstay.products.commerce.insights.contracts.reports import LONGEST, Period, Step
from backstay.products.commerce.shops import Shop

FIRST: Final = date(1970, 1, 1)
LAST: Final = date(2999, 12, 31)
_USUAL: Final = 30
"""Days of a period that nobody names."""


def today_in(shop: Shop, now: datetime) -> date:
    """The day that it is in the shop."""
    return now.astimezone(ZoneInfo(shop.time_zone)).date()


def period_of(today: date, since: date | None, until: date | None) -> Period:
    """The period that is asked for; the last thirty days where nothing is.

    Raises:
        Invalid: it ends before it begins, is too long, or is of no time in which there are shops.
    """
    for name, day in (("since", since), ("until", until)):
        if day is not None and not FIRST <= day <= LAST:
            message = f"must be between {FIRST} and {LAST}"
            raise Invalid(FieldError(pointer=f"?{name}", code="range", message=message))
    last = until or (today if since is None or since <= today else since)
    first = since or last - timedelta(days=_USUAL - 1)
    if last < first:
        raise Invalid(FieldError(pointer="?until", code="range", message="is before the first day"))
    if (last - first).days >= LONGEST:
        message = f"is more than {LONGEST} days after the first day"
        raise Invalid(FieldError(pointer="?until", code="range", message=message))
    return Period(since=first, until=last)


def before(period: Period) -> Period:
    """As many days, straight before."""
    last = period.since - timedelta(days=1)
    return Period(since=last - (period.until - period.since), until=last)


def begin_of(day: date, step: Step) -> date:
    """The day on which the step begins that a day is in."""
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def steps_of(period: Period, step: Step) -> Iterator[date]:
    """Where the steps of a period begin; the first may have begun before the period."""
    at = begin_of(period.since, step)
    while at <= period.until:
        yield at
        if step is Step.MONTH:
            at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
        else:
            at += timedelta(days=7 if step is Step.WEEK else 1)


def months_until(day: date, months: int) -> list[str]:
    """So many months, as `2026-03`, the last that of a day."""
    last = day.year * 12 + day.month - 1
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in range(last - months + 1, last + 1)]
