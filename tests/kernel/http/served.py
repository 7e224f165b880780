"""Run as a program: the shelf's server, told what to do by its environment."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from backstay.kernel.backend import start
from backstay.kernel.http import CannotListen, Controller, get, is_worker, serve
from backstay.kernel.module import CompositionError, Module
from backstay.kernel.settings import load
from tests.kernel.http import shelf


class Unserved(Controller):
    """A route that nobody can serve, which its signature alone tells."""

    path = "/unserved"

    @get(public=True)
    async def read(self, what: object) -> str:
        """Ask for what there is no such thing as."""
        return str(what)


MODULES = [shelf.module]
if os.environ.get("TEST_UNSERVED"):
    MODULES.append(Module(name="unserved", summary="Wrong.", package="tests", controllers=[Unserved]))


async def prepare() -> None:
    async with start(SETTINGS, [shelf.module]) as backend:
        await shelf.create(backend.database)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    if is_worker() and os.environ.get("TEST_FAIL_AT_START") == os.environ["BACKSTAY_WORKER_SLOT"]:
        sys.exit(3)
    SETTINGS = load(MODULES, os.environ, None)
    if not is_worker():
        asyncio.run(prepare())
    try:
        code = serve(
            SETTINGS,
            MODULES,
            on_ready=lambda url: print("ready", url, flush=True),  # noqa: T201 - what the test reads
        )
    except (CannotListen, CompositionError) as failure:
        sys.exit(str(failure))
    sys.exit(code)
