"""Throws generated requests at every route of a real server: `python -m tools.fuzz --examples 500`.

Schemathesis makes the requests from our own OpenAPI description, right ones and wrong ones, and holds each
answer against it. What it expects is in fuzz.toml, with the reasons. Ends with 1 if anything was found.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg

CONFIGURATION: Final = Path(__file__).with_name("fuzz.toml")
ENGINES: Final = ("sqlite", "postgresql")
POSTGRES: Final = os.environ.get("BACKSTAY_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A role that may create databases; each run makes and drops its own."""
START_SECONDS: Final = 60


class Served(NamedTuple):
    """A server in a process of its own, with sample data."""

    url: str
    token: str
    """A bearer token that may do everything."""


class Findings(NamedTuple):
    """What Schemathesis said."""

    clean: bool
    report: str


@contextmanager
def serving(engine: str) -> Iterator[Served]:
    """A seeded server on a database of its own, both gone at the end of the block.

    Raises:
        RuntimeError: the server ends, or says nothing for a minute; with what it logged.
    """
    with tempfile.TemporaryDirectory(prefix="backstay-fuzz-") as named:
        folder = Path(named)
        if engine == "sqlite":
            with _served(folder, f"sqlite:///{folder}/fuzz.db") as served:
                yield served
            return
        name = f"backstay_fuzz_{secrets.token_hex(8)}"
        asyncio.run(_administer(f'CREATE DATABASE "{name}" TEMPLATE template0'))
        try:
            with _served(folder, POSTGRES.rpartition("/")[0] + f"/{name}") as served:
                yield served
        finally:
            asyncio.run(_administer(f'DROP DATABASE "{name}" WITH (FORCE)'))


def throw(
    served: Served,
    *,
    examples: int,
    seed: int,
    seconds: int | None = None,
    phases: Sequence[str] = (),
) -> Findings:
    """Judge every operation by every check.

    Args:
        served: by whom.
        examples: requests an operation, in the phase that makes them at random.
        seed: repeats an earlier run.
        seconds: repeat with new data until they are spent.
        phases: of Schemathesis: `examples`, `coverage`, `fuzzing`, `stateful`; all when none is named.
    """
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"]
    command += [f"{served.url}/openapi.json", "--header", f"Authorization: Bearer {served.token}"]
    command += ["--checks", "all", "--max-examples", str(examples), "--seed", str(seed), "--no-color"]
    command += ["--continue-on-failure", "--warnings", "off", "--request-timeout", "30"]
    if phases:
        command += ["--phases", ",".join(phases)]
    if seconds is not None:
        command += ["--max-time", str(seconds)]
    # In a folder of its own: Schemathesis leaves a cache where it runs.
    with tempfile.TemporaryDirectory(prefix="backstay-fuzz-") as folder:
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    return Findings(done.returncode == 0, done.stdout)


def main() -> int:
    """Run it, and say in plain words how it ended."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description="Throw generated requests.")
    parser.add_argument("--examples", type=int, default=500, help="requests an operation and round")
    parser.add_argument("--seconds", type=int, default=300, help="the time budget for each engine")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31), help="repeats an earlier run")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="default: sqlite; may be repeated")
    chosen = parser.parse_args()
    found = False
    for engine in chosen.engine or ["sqlite"]:
        print(f"Fuzzing on {engine} for up to {chosen.seconds} s, seed {chosen.seed}.", flush=True)
        with serving(engine) as served:
            result = throw(served, examples=chosen.examples, seed=chosen.seed, seconds=chosen.seconds)
        if result.clean:
            counted = re.search(r"(\d+) generated", result.report)
            print(f"Nothing found in {counted[1] if counted else 'all'} requests.")
        else:
            found = True
            print(result.report)
            again = f"--engine {engine} --seed {chosen.seed} --examples {chosen.examples}"
            print(f"Findings on {engine}: see above. To throw the same again: python -m tools.fuzz {again}")
    return int(found)


async def _administer(command: str) -> None:
    connection = await asyncpg.connect(POSTGRES, timeout=10)
    try:
        await connection.execute(command)
    finally:
        await connection.close()


_PLENTY: Final = 600_000
_ADDRESS_LIMITS: Final = (
    *("sign-in", "passkey-options", "account-mails"),
    *("carts", "coupon-codes", "gift-card-codes", "drops-join", "reviews"),
)
_UNHINDERED: Final = {
    "BACKSTAY_RATELIMIT_QUOTA": str(_PLENTY),
    "BACKSTAY_RATELIMIT_ANONYMOUS_QUOTA": str(_PLENTY),
    "BACKSTAY_RATELIMIT_POLICIES": json.dumps([{"name": name, "quota": _PLENTY} for name in _ADDRESS_LIMITS]),
    "BACKSTAY_RATELIMIT_LAG": "60s",
}
"""The limits stand around every route and refuse nobody: what is asked here is to reach the handlers."""


@contextmanager
def _served(folder: Path, database_url: str) -> Iterator[Served]:
    token = secrets.token_urlsafe(32)
    principal = {"name": "ada", "token": token, "permissions": ["*"], "organization": "harbour"}
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTAY_")}
    environ |= {
        "DATABASE_URL": database_url,
        "BACKSTAY_APP_DATA_DIR": str(folder),
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps([principal]),
        "PYTHONUNBUFFERED": "1",
        **_UNHINDERED,
    }
    command = [sys.executable, "-m", "backstay.cli", "serve", "--port", "0", "--seed"]
    log = folder / "server.log"
    # Into a file: a pipe that nobody reads would fill up and stop the server.
    with (
        log.open("w") as said,
        subprocess.Popen(command, cwd=folder, env=environ, stdout=said, stderr=said) as process,
    ):
        try:
            yield Served(_url_of(process, log), token)
        finally:
            process.terminate()


def _url_of(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"serves on (http://[\d.:]+)", log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


if __name__ == "__main__":
    sys.exit(main())
