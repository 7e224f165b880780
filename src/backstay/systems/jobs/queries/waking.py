"""Telling other processes, which only PostgreSQL can."""

from __future__ import annotations

from typing import Final

from backstay.systems.jobs.queries.forms import both

NOTIFY: Final = both(
    str,
    given="channel",
    rows="told",
    sqlite="SELECT :channel AS told",
    postgresql="SELECT CAST(pg_notify(:channel, '') AS text) AS told",
)
