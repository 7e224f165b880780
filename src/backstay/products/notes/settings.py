"""What a deployment may set under `[notes]`, or as `BACKSTAY_NOTES_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class NotesSettings(Struct, frozen=True, kw_only=True):
    """Settings of the notes product."""

    undelete_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    """Days in which a deleted note can be restored; after them it is removed for good."""
    purge_interval: Annotated[int, Meta(ge=1)] = 3600
    """Seconds between two removals of notes whose days are over."""
    purge_batch: Annotated[int, Meta(ge=1, le=10_000)] = 500
    """Notes removed in one transaction, so that no removal holds the database for long."""
