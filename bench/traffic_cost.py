"""What keeping the request log costs: `python -m bench.traffic_cost`.

Two servers on SQLite, alike but for `traffic.enabled`, both alive all the time; each round
puts the same load on one and then on the other, in turns of first. The load reads a
counter with a bearer token: the cheapest authenticated request there is, so the share
that the log takes is at its largest. CPU is the server's own, from /proc.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.harness import procfs
from bench.harness.commands import clean_environment
from bench.harness.cores import LOAD_CORE, SERVER_CORE

_TOKEN: Final = "a-token-for-this-benchmark-alone-and-no-other"
_PRINCIPALS: Final = json.dumps(
    [
        {
            "name": "bench",
            "token": _TOKEN,
            "permissions": ["counter:read", "counter:count", "traffic:read"],
            "organization": "bench",
        }
    ]
)
_HEADERS: Final = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/json"}
_PATH: Final = "/v2/counters/visits"


@contextmanager
def server(folder: Path, port: int, *, enabled: bool) -> Iterator[int]:
    """A server that is ready; its pid."""
    environment = {
        **clean_environment(),
        "DATABASE_URL": f"sqlite:///{folder}/bench.db",
        "BACKSTAY_APP_DATA_DIR": str(folder),
        "BACKSTAY_APP_ENVIRONMENT": "production",
        "BACKSTAY_APP_SECRET_KEY": "a secret of more than thirty-two bytes",
        "BACKSTAY_AUTH_PRINCIPALS": _PRINCIPALS,
        "BACKSTAY_HTTP_PORT": str(port),
        # Measured is what the log costs, by one caller who asks without end.
        "BACKSTAY_RATELIMIT_ENFORCE": "false",
        "BACKSTAY_TRAFFIC_ENABLED": str(enabled).lower(),
    }
    backstay = str(Path(sys.executable).with_name("backstay"))
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), backstay, "serve", "--quiet"],
        env=environment,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "stderr.log").open("wb"),
    )
    try:
        ask(port, "/v1/counters/visits/increment", b"{}", patience=30)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def ask(port: int, path: str, body: bytes | None = None, *, patience: float = 0) -> bytes:
    """One request; tried again until the server listens."""
    deadline = time.monotonic() + patience
    while True:
        try:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, _HEADERS)
            with urllib.request.urlopen(request, timeout=10) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def load(port: int, pid: int, connections: int, seconds: int) -> float:
    """Microseconds of the server's CPU for each request."""
    before = procfs.cpu_seconds(pid)
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    for name, value in _HEADERS.items():
        command += ["-H", f"{name}: {value}"]
    url = f"http://127.0.0.1:{port}{_PATH}"
    output = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    spent = procfs.cpu_seconds(pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"the load failed:\n{output}")
    counted = re.search(r"(\d+) requests in", output)
    if counted is None:
        raise SystemExit(f"wrk said something new:\n{output}")
    return spent / int(counted[1]) * 1e6


def main() -> None:
    """Measure and print every round, the medians and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m bench.traffic_cost", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--port", type=int, default=18461, help="this one and the next must be free")
    options = parser.parse_args()
    with ExitStack() as stack:
        pids = {}
        for enabled in (False, True):
            folder = Path(stack.enter_context(TemporaryDirectory()))
            port = options.port + enabled
            pids[enabled] = stack.enter_context(server(folder, port, enabled=enabled))
        spent: dict[bool, list[float]] = {False: [], True: []}
        for number in range(-1, options.rounds):
            for enabled in (False, True) if number % 2 else (True, False):
                cost = load(options.port + enabled, pids[enabled], options.connections, options.seconds)
                if number >= 0:  # the round before the first only warms up
                    spent[enabled].append(cost)
        kept = json.loads(ask(options.port + 1, "/v1/traffic/requests?limit=1"))["items"]
        if not kept:
            raise SystemExit("nothing was kept: the log is not running")
    for name, enabled in (("off", False), ("on", True)):
        rounds = " ".join(f"{cost:.0f}" for cost in spent[enabled])
        print(
            f"traffic {name:<3} {statistics.median(spent[enabled]):6.1f} us CPU a request  (rounds: {rounds})"
        )
    ratios = [on / off - 1 for off, on in zip(spent[False], spent[True], strict=True)]
    whole = statistics.median(spent[True]) / statistics.median(spent[False]) - 1
    print(f"cost of the log: {whole:+.1%} by medians; {min(ratios):+.1%} to {max(ratios):+.1%} by rounds")


if __name__ == "__main__":
    main()
