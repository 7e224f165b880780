"""A deadline for many short questions, with one timer for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

T = TypeVar("T")

_GRACE: Final = 5
"""Rounds of the event loop in which an answer still counts whose deadline passed while the loop was busy."""


class Deadline:
    """`asyncio.timeout`, but with no timer of its own for a question, and for a loop that is late itself.

    When the loop comes back from something long, the timer and the answers are both due, and the timer is
    first; so a few more rounds of the loop pass in which the answers are heard.
    """

    def __init__(self, seconds: float) -> None:
        """Each question may take `seconds`."""
        self.seconds = seconds
        self._waiting: dict[_Waiting, None] = {}
        """In the order in which they asked, and so of their ends."""
        self._timer: asyncio.Handle | None = None

    async def keep(self, question: Awaitable[T]) -> T:
        """The answer.

        Raises:
            TimeoutError: there was none in time; the question was cancelled.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline ends a task, and this is none")
        loop = task.get_loop()
        waiting = _Waiting(task, loop.time() + self.seconds)
        self._waiting[waiting] = None
        if self._timer is None:
            self._timer = loop.call_at(waiting.until, self._look, loop, _GRACE)
        try:
            return await question
        except asyncio.CancelledError as cancelled:
            # Somebody else may have cancelled the task at the same time; then that is what happens.
            if waiting.late and task.cancelling() <= waiting.cancelling + 1:
                raise TimeoutError from cancelled
            raise
        finally:
            del self._waiting[waiting]
            if waiting.late:
                task.uncancel()

    def _look(self, loop: asyncio.AbstractEventLoop, rounds: int) -> None:
        now, self._timer = loop.time(), None
        late = []
        for waiting in self._waiting:
            if waiting.until > now:
                self._timer = loop.call_at(waiting.until, self._look, loop, _GRACE)
                break
            if not waiting.late:
                late.append(waiting)
        if late and rounds:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_soon(self._look, loop, rounds - 1)
            return
        for waiting in late:
            waiting.late = True
            waiting.task.cancel()


class _Waiting:
    """Who waits, and until when."""

    __slots__ = ("cancelling", "late", "task", "until")

    def __init__(self, task: asyncio.Task[object], until: float) -> None:
        self.task = task
        self.until = until
        self.cancelling = task.cancelling()
        self.late = False
