"""What a worker keeps of a claim, from the store's answer until the store knows its end."""

from __future__ import annotations

import asyncio

from backstay.systems.jobs.engines.store import Claimed, LeaseKey
from backstay.systems.jobs.service.context import JobContext


class InHand:
    """One claim, until its end is settled."""

    __slots__ = ("begun", "claimed", "context", "key", "reason", "task")

    def __init__(self, claimed: Claimed, key: LeaseKey, context: JobContext) -> None:
        """Without a task: it waits for a place."""
        self.claimed = claimed
        self.key = key
        self.context = context
        self.task: asyncio.Task[None] | None = None
        """None while it waits for a place."""
        self.begun = False
        """Whether the task has come to its first line: one that is cancelled before never does."""
        self.reason = ""
        """Why it is to end before its time."""

    def interrupt(self) -> None:
        """Let what is done for it end; for those who have a task."""
        self.context.stop.request()
        if self.task is not None and self.begun:
            self.task.cancel()
