"""A reader in a process of its own, to be killed or stopped: `python -m ...reader URL PREFIX GROUP CRASHES`.

It says `ready`, then `got <number>` for each message; each is done once a line comes on its standard input.
"""

from __future__ import annotations

import asyncio
import sys

from msgspec.structs import replace

from backstay.systems.events.engines.broker import Message, open_broker
from tests.systems.events.brokers.heard import PLACED, number_of
from tests.systems.events.brokers.servers import HURRIED


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(url: str, prefix: str, group: str, crashes: str) -> None:
    loop = asyncio.get_running_loop()

    async def handle(message: Message) -> None:
        say(f"got {number_of(message)}")
        await loop.run_in_executor(None, sys.stdin.readline)
        say(f"done {number_of(message)}")

    broker = open_broker(url, prefix=prefix, tuning=replace(HURRIED, crashes=int(crashes)))
    async with broker.receive(group, [PLACED], handle):
        say("ready")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
