"""Runs scripts in Redis, each with one question: the server keeps them and is told their digest."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any, Final, NamedTuple

from backstay.kernel.redis import Line, Refused
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
        sent = [one if isinstance(one, bytes) else b"%d" % one for one in (keys, *arguments)]
        try:
            try:
                return await self._ask(b"EVALSHA", script.digest, *sent)
            except Refused as no:
                if no.kind != "NOSCRIPT":
                    raise
                # The server was restarted, or its scripts were flushed: nothing has run.
                return await self._ask(b"EVAL", script.text, *sent)
        except OSError as away:
            raise StoreUnavailable(f"redis: {type(away).__name__}") from away

    async def ask(self, *parts: bytes) -> Any:
        """A command's answer.

        Raises:
            StoreUnavailable: as `run` does.
        """
        try:
            return await self._ask(*parts)
        except OSError as away:
            raise StoreUnavailable(f"redis: {type(away).__name__}") from away

    async def _ask(self, *parts: bytes) -> Any:
        if not self._line.is_open:
            await self._line.open()
        return await self._line.ask(*parts)

    def close(self) -> None:
        """Hang up."""
        self._line.close()
