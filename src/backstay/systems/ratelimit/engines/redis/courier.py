"""Sends scripts to Redis: whatever is asked while an answer is awaited goes together next."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final, NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from backstay.kernel.tasks import end
from backstay.systems.ratelimit.contracts import StoreUnavailable

MOST: Final = 200
"""Scripts that are sent together, at most: the server runs them in one go."""
SILENCE: Final = 1.0
"""Seconds after which a connection that does not answer is given up."""


class Script(NamedTuple):
    """A script as the server is told of it."""

    text: str
    digest: str


def script(name: str, clock: str | None = None) -> Script:
    """The script of this name on the server's own clock, or for tests on the one in the text `clock`."""
    folder = files(__package__) / "lua"
    head = (folder / "clock.lua").read_text("utf-8") if clock is None else clock
    text = f"{head}\n{(folder / f'{name}.lua').read_text('utf-8')}"
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class _Asked(NamedTuple):
    answer: asyncio.Future[Any]
    script: Script
    arguments: Sequence[Any]


class Courier:
    """One connection's worth of scripts at a time; of one event loop."""

    def __init__(self, client: Redis) -> None:
        """`client` is asked by nobody else."""
        self._client = cast("Any", client)  # redis-py's types know no batches
        self._waiting: list[_Asked] = []
        self._busy = False
        self._sending: asyncio.Task[None] | None = None

    async def run(self, script: Script, *arguments: Any) -> Any:
        """The script's answer. Who stops waiting before it was sent is not sent for.

        Raises:
            StoreUnavailable: the server does not answer, or answers with an error; whether the script
                ran is not known.
        """
        if not self._busy:
            return await self._alone(script, arguments)
        asked = _Asked(asyncio.get_running_loop().create_future(), script, arguments)
        self._waiting.append(asked)
        return await asked.answer

    async def close(self) -> None:
        """Stop sending."""
        if self._sending is not None:
            await end(self._sending)

    async def _alone(self, script: Script, arguments: Sequence[Any]) -> Any:
        """Send for whoever finds nobody else asking, without a task and a future of its own."""
        self._busy = True
        try:
            try:
                return await self._client.execute_command("EVALSHA", script.digest, *arguments)
            except NoScriptError:
                return await self._client.execute_command("EVAL", script.text, *arguments)
        except (RedisError, OSError) as away:
            raise StoreUnavailable(f"redis: {type(away).__name__}") from away
        finally:
            self._busy = False
            if self._waiting:
                # Those who came meanwhile go together.
                self._busy = True
                self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                batch = [one for one in self._waiting[:MOST] if not one.answer.done()]
                del self._waiting[:MOST]
                if batch:
                    await self._deliver(batch)
        finally:
            self._sending = None
            self._busy = False
            for one in self._waiting:
                _settle(one, StoreUnavailable("redis: the sending ended"))
            self._waiting.clear()

    async def _deliver(self, batch: list[_Asked]) -> None:
        try:
            async with asyncio.timeout(SILENCE):
                answers = await self._ask(batch)
        except (RedisError, OSError, TimeoutError) as away:
            failed = StoreUnavailable(f"redis: {type(away).__name__}")
            failed.__cause__ = away
            answers = [failed] * len(batch)
        except BaseException:
            for one in batch:
                _settle(one, StoreUnavailable("redis: the sending ended"))
            raise
        for one, answer in zip(batch, answers, strict=True):
            _settle(one, answer)

    async def _ask(self, batch: list[_Asked]) -> list[Any]:
        answers = await self._batch([("EVALSHA", one.script.digest, *one.arguments) for one in batch])
        again = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if again:
            # The server was restarted, or its scripts were flushed: nothing of these has run.
            whole = await self._batch([("EVAL", batch[at].script.text, *batch[at].arguments) for at in again])
            for place, answer in zip(again, whole, strict=True):
                answers[place] = answer
        return answers

    async def _batch(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        if len(commands) == 1:
            try:
                return [await self._client.execute_command(*commands[0])]
            except NoScriptError as unknown:
                return [unknown]
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        return cast("list[Any]", await pipeline.execute(raise_on_error=False))


def _settle(asked: _Asked, answer: Any) -> None:
    if asked.answer.done():
        return  # who asked has gone
    if isinstance(answer, RedisError):
        failed = StoreUnavailable(f"redis: {type(answer).__name__}")
        failed.__cause__ = answer
        answer = failed
    if isinstance(answer, StoreUnavailable):
        asked.answer.set_exception(answer)
    else:
        asked.answer.set_result(answer)
