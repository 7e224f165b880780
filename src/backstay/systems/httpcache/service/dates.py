"""Dates of HTTP (RFC 9110, 5.6.7), to the letter but for case: what is nearly a date is none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Final

_DAYS: Final = "mon|tue|wed|thu|fri|sat|sun"
_LONG_DAYS: Final = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME: Final = r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
_FORMS: Final = (
    re.compile(rf"(?:{_DAYS}), (?P<day>\d{{2}}) {_MONTH} (?P<year>\d{{4}}) {_TIME} gmt", re.ASCII),
    re.compile(rf"(?:{_LONG_DAYS}), (?P<day>\d{{2}})-{_MONTH}-(?P<short>\d{{2}}) {_TIME} gmt", re.ASCII),
    re.compile(rf"(?:{_DAYS}) {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})", re.ASCII),
)
_LONGEST: Final = 40
_AHEAD: Final = 50
"""A year of two digits lies at most so many years ahead."""


def parse(text: str | None, *, now: float) -> float | None:
    """Seconds since 1970, or None when it is no date of HTTP.

    Args:
        text: IMF-fixdate, or one of the two obsolete forms.
        now: seconds since 1970; tells the century of a year of two digits.
    """
    if text is None or len(text) > _LONGEST:
        return None
    lowered = text.lower()
    found = next((match for form in _FORMS if (match := form.fullmatch(lowered))), None)
    if found is None:
        return None
    part = found.groupdict()
    if "short" in part:
        this = datetime.fromtimestamp(now, UTC).year
        year = this - this % 100 + int(part["short"])
        year -= 100 if year > this + _AHEAD else 0
    else:
        year = int(part["year"])
    # A leap second is the one before it, for whoever counts without them.
    second = min(int(part["second"]), 59) if part["second"] == "60" else int(part["second"])
    try:
        moment = datetime(
            year,
            _MONTHS.index(part["month"]) + 1,
            int(part["day"]),
            int(part["hour"]),
            int(part["minute"]),
            second,
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return moment.timestamp()


def written(moment: float) -> str:
    """An IMF-fixdate."""
    return formatdate(moment, usegmt=True)


def now() -> str:
    """An IMF-fixdate of this moment."""
    return formatdate(usegmt=True)
