"""How a handler that cannot be interrupted learns that it should end."""

from __future__ import annotations

import threading


class Stop:
    """Asks a handler to end: its job was cancelled, took too long, is another worker's, or the worker ends.

    For handlers on a thread, which take it by annotation and look at it now and then. They are
    waited for: their place is free, and the job's end settled, once they have returned.
    """

    def __init__(self) -> None:
        """Made by the worker for each attempt."""
        self._event = threading.Event()

    @property
    def requested(self) -> bool:
        """Whether the handler should end now; what it has done by then will be tried again or dropped."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Rest for so long, or until it should end; whether it should. Blocks: for threads."""
        return self._event.wait(seconds)

    def request(self) -> None:
        """Ask for the end; the worker does."""
        self._event.set()
