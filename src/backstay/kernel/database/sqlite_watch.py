"""How one process learns that another has committed to the same SQLite file.

SQLite notifies nobody, but `PRAGMA data_version` tells one connection whether any other has
committed since it last asked, for the price of a look into shared memory. One thread asks for
the whole process, so that whoever waits need not query the database again and again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Final

EVERY: Final = 0.02
"""Seconds between looks: how late a commit of another process is heard of at most."""

_Listener = tuple[asyncio.AbstractEventLoop, Callable[[], None]]


class Watch:
    """The thread that looks, and whom it tells; it runs from the first listener until `stop`."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` opens a connection that nothing is written through."""
        self._connect = connect
        self._listeners: list[_Listener] = []
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    async def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` on this loop after commits, of this process too, until cancelled."""
        loop = asyncio.get_running_loop()
        listener = (loop, heard)
        self._listeners.append(listener)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sqlite-watch", daemon=True)
            self._thread.start()
        try:
            await loop.create_future()
        finally:
            self._listeners.remove(listener)

    def _run(self) -> None:
        with closing(self._connect()) as connection:
            seen: int | None = None
            while not self._stopped.wait(EVERY):
                # A file that cannot be read at the moment has nothing new to say.
                with suppress(sqlite3.OperationalError):
                    (version,) = connection.execute("PRAGMA data_version").fetchone()
                    if version != seen:
                        seen = version
                        self._tell()

    def _tell(self) -> None:
        for loop, heard in list(self._listeners):
            # The listener's loop may have ended.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(heard)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
