"""Run as a program: the shelf's server, told what to do by its environment."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from backstay.kernel.backend import start
from backstay.kernel.http import CannotListen, is_worker, serve
from backstay.kernel.settings import load
from tests.kernel.http import shelf


async def prepare() -> None:
    async with start(SETTINGS, [shelf.module]) as backend:
        await shelf.create(backend.database)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    if is_worker() and os.environ.get("TEST_FAIL_AT_START") == os.environ["BACKSTAY_WORKER_SLOT"]:
        sys.exit(3)
    SETTINGS = load([shelf.module], os.environ, None)
    if not is_worker():
        asyncio.run(prepare())
    try:
        code = serve(
            SETTINGS,
            [shelf.module],
            on_ready=lambda url: print("ready", url, flush=True),  # noqa: T201 - what the test reads
        )
    except CannotListen as failure:
        sys.exit(str(failure))
    sys.exit(code)
