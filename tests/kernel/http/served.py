"""Run as a program: the shelf's server, told what to do by its environment."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backstay.kernel.backend import Backend, start
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


@asynccontextmanager
async def wrong(backend: Backend) -> AsyncIterator[None]:
    """Look into what cannot be."""

    def look() -> None:
        raise CompositionError("module 'unserved' says what cannot be")

    backend.checks.append(look)
    yield


MODULES = [shelf.module]
match os.environ.get("TEST_UNSERVED"):
    case "route":
        MODULES.append(Module(name="unserved", summary="Wrong.", package="tests", controllers=[Unserved]))
    case "check":
        MODULES.append(Module(name="unserved", summary="Wrong.", package="tests", services=[wrong]))


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
