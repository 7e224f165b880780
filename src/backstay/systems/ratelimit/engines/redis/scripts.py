"""Runs scripts in Redis, each with one question: the server keeps them and is told their digest."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any, Final, NamedTuple

from backstay.kernel.redis import Line, Refused, written
from backstay.systems.ratelimit.contracts import StoreUnavailable

SILENCE: Final = 1.0
"""Seconds after which a connection that does not answer, or is not made, is given up."""


class Script(NamedTuple):
    """A script as the server is told of it."""

    text: bytes
    digest: bytes


def script(name: str, clock: str | None = None) -> Script:
    """The script of this name on the server's own clock, or for tests on the one in the text `clock`."""
    folder = files(__package__) / "lua"
    head = (folder / "clock.lua").read_text("utf-8") if clock is None else clock
    text = f"{head}\n{(folder / f'{name}.lua').read_text('utf-8')}".encode()
    return Script(text, hashlib.sha1(text, usedforsecurity=False).hexdigest().encode())


def calling(script: Script, keys: int, *arguments: bytes | int) -> bytes:
    """The command that runs it; the first `keys` of the arguments are the keys it touches."""
    sent = [one if isinstance(one, bytes) else b"%d" % one for one in (keys, *arguments)]
    return written(b"EVALSHA", script.digest, *sent)


class Server:
    """Redis as the limits ask it: over one line, which is opened again when it was lost."""

    def __init__(self, url: str) -> None:
        """Connects with the first question."""
        self._line = Line(url, timeout=SILENCE)

    async def run(self, script: Script, keys: int, *arguments: bytes | int) -> Any:
        """The script's answer; the first `keys` of the arguments are the keys it touches.

        Raises:
            StoreUnavailable: the server does not answer, or answers with an error; whether the script
                ran is not known.
        """
        return await self.run_written(script, calling(script, keys, *arguments))

    async def run_written(self, script: Script, command: bytes) -> Any:
        """As `run`, of a command that `calling` made, or that was put together from its pieces."""
        line = self._line
        try:
            if not line.is_open:
                await line.open()
            try:
                return await line.ask_written(command)
            except Refused as no:
                if no.kind != "NOSCRIPT":
                    raise
                # The server was restarted, or its scripts were flushed: nothing has run.
                await line.ask(b"SCRIPT", b"LOAD", script.text)
                return await line.ask_written(command)
        except OSError as away:
            raise StoreUnavailable(f"redis: {type(away).__name__}") from away

    async def ask(self, *parts: bytes) -> Any:
        """A command's answer.

        Raises:
            StoreUnavailable: as `run` does.
        """
        try:
            if not self._line.is_open:
                await self._line.open()
            return await self._line.ask(*parts)
        except OSError as away:
            raise StoreUnavailable(f"redis: {type(away).__name__}") from away

    def close(self) -> None:
        """Hang up."""
        self._line.close()
