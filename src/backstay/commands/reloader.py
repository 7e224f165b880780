"""What stays running behind `backstay dev`: it watches files and forks a server for each version of the code.

It has already imported the libraries that every server needs and nothing that a developer
edits, so a new server has only backstay and the project left to import. It owns the
listening socket, so that no connection is refused between two servers.
"""

from __future__ import annotations

import importlib
import os
import signal
import site
import socket
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

LOOK: Final = 0.15
"""Seconds between two looks at the files."""
PATIENCE: Final = 5.0
"""Seconds that an old server has to finish what it was asked, once asked to leave."""
SUFFIXES: Final = frozenset({".py", ".toml", ".html", ".jinja", ".sql"})
SKIPPED: Final = frozenset({"__pycache__", "node_modules", "var", "dist", "build", "tests"})
LIBRARIES: Final = (
    "asyncio",
    "asyncpg",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "httptools",
    "jwt",
    "msgspec",
    "rich.console",
    "rich_click",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite",
    "structlog",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.server",
    "uvloop",
)


def watched(roots: Sequence[Path]) -> Iterator[Path]:
    """Every file below the roots whose change matters."""
    for root in roots:
        for folder, below, names in os.walk(root):
            below[:] = [name for name in below if name not in SKIPPED and not name.startswith(".")]
            yield from (Path(folder, name) for name in names if Path(name).suffix in SUFFIXES)


def snapshot(roots: Sequence[Path]) -> dict[Path, int]:
    """When each of those files was last written."""
    found: dict[Path, int] = {}
    for path in watched(roots):
        with suppress(FileNotFoundError):  # It may go away between being listed and being looked at.
            found[path] = path.stat().st_mtime_ns
    return found


def roots_here() -> list[Path]:
    """The project's folder, and backstay's own source when it is not an installed package."""
    source = Path(__file__).parents[1]
    installed = any(Path(folder) in source.parents for folder in site.getsitepackages())
    return [Path.cwd()] if installed or Path.cwd() in source.parents else [Path.cwd(), source]


class Reloader:
    """Watches, and keeps one server running."""

    def __init__(self, listener: socket.socket, *, seed: bool) -> None:
        self._listener = listener
        self._seed = seed
        self._server: int | None = None
        self._leaving: dict[int, float] = {}
        """Servers of earlier code: process id to the moment at which they are killed."""
        self._asked_to_end = False

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        roots = roots_here()
        seen = snapshot(roots)
        self._fork(first=True)
        while not self._asked_to_end:
            time.sleep(LOOK)
            self._reap()
            now = snapshot(roots)
            if now != seen:
                changed = sorted({path for path, _ in seen.items() ^ now.items()})
                say(f"{_shown(changed)} changed")
                seen = now
                self._leave()
                self._fork(first=False)
        return self._stop()

    def _fork(self, *, first: bool) -> None:
        began = time.perf_counter()
        process = os.fork()
        if process == 0:
            os._exit(_serve(self._listener, began, first=first, seed=self._seed))
        self._server = process

    def _leave(self) -> None:
        """Let the present server finish what it was asked and go, while the next one starts."""
        if self._server is not None:
            os.kill(self._server, signal.SIGUSR1)
            self._leaving[self._server] = time.monotonic() + PATIENCE
            self._server = None

    def _reap(self) -> None:
        for process, deadline in list(self._leaving.items()):
            if _ended(process) is not None:
                del self._leaving[process]
            elif time.monotonic() > deadline:
                os.kill(process, signal.SIGKILL)
        if self._server is not None and (code := _ended(self._server)) is not None:
            say(f"the server ended with code {code}; waiting for the next change")
            self._server = None

    def _end(self, _number: int, _frame: object) -> None:
        self._asked_to_end = True

    def _stop(self) -> int:
        running = [*self._leaving, *([self._server] if self._server else [])]
        for process in running:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGINT)
        for process in running:
            deadline = time.monotonic() + PATIENCE
            while _ended(process) is None:
                if time.monotonic() > deadline:
                    os.kill(process, signal.SIGKILL)
                time.sleep(0.02)
        return 0


def say(words: str) -> None:
    """A line of ours between the server's own."""
    sys.stderr.write(f"backstay dev: {words}\n")


def _shown(paths: Sequence[Path]) -> str:
    first = paths[0].relative_to(Path.cwd()) if Path.cwd() in paths[0].parents else paths[0]
    return str(first) if len(paths) == 1 else f"{first} and {len(paths) - 1} more"


def _ended(process: int) -> int | None:
    """The exit code of a child, or None while it runs."""
    try:
        found, status = os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if found else None


def _serve(listener: socket.socket, began: float, *, first: bool, seed: bool) -> int:
    """The child: import the code as it is now, and serve."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        # Late, and in the child only: this is the code that changes.
        from backstay.commands.serve import serve_once

        return serve_once(listener, began, greet=first, seed=seed)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is, the developer wants to read it and go on
        traceback.print_exc()
        return 1


def main() -> int:
    """Take the listening socket whose number is the first argument, and run."""
    for name in LIBRARIES:
        with suppress(ImportError):  # An extra that is not installed is not imported by the server either.
            importlib.import_module(name)
    listener = socket.socket(fileno=int(sys.argv[1]))
    listener.setblocking(False)
    return Reloader(listener, seed="--seed" in sys.argv).run()


if __name__ == "__main__":
    sys.exit(main())
