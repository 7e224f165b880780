"""What the audit trail costs: `python -m bench.audit`.

Two servers on one engine at a time, alike but for the module `audit`, both alive all the time; each round
puts the same load on one and then on the other, in turns of first. The load makes notes, whose records are
written within the commit, under a lock on the organization's chain. All writers of one organization, and a
writer's organization each, show what that lock costs. In the end the trails are read: what is newest in the
one is a note that was made, and the other server has none.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
from msgspec import Struct

from bench.harness.commands import clean_environment
from bench.harness.cores import SERVER_CORE
from bench.harness.load import Load, http_request, run, write_requests
from bench.harness.model import Endpoint, Request
from bench.harness.postgres import Postgres, cluster

CONNECTIONS: Final = (1, 8, 32)
WRITERS: Final = 32
_NOTE: Final = b'{"title": "A measured note", "body": "So long, and no longer.", "tags": []}'


class Side(Struct, frozen=True):
    """One of the two servers."""

    endpoint: Endpoint
    audited: bool


def token(writer: int) -> str:
    """What proves a writer."""
    return f"a-token-for-this-benchmark-alone-{writer}"


def principals(*, shared: bool) -> str:
    """The writers: of one organization, or of one each."""
    people = [
        {
            "name": f"writer-{writer}",
            "token": token(writer),
            "permissions": ["notes:write", "notes:read", "audit:read"],
            "organization": "all" if shared else f"organization-{writer}",
        }
        for writer in range(WRITERS)
    ]
    return json.dumps(people)


@contextmanager
def server(folder: Path, port: int, url: str, *, audited: bool, shared: bool) -> Iterator[Side]:
    """A server that has answered."""
    environment = {
        **clean_environment(),
        "DATABASE_URL": url,
        "BACKSTAY_APP_MODULES": f"bench.audit.modules:{'WITH' if audited else 'WITHOUT'}",
        "BACKSTAY_APP_DATA_DIR": str(folder),
        "BACKSTAY_APP_ENVIRONMENT": "production",
        "BACKSTAY_APP_SECRET_KEY": "a secret of more than thirty-two bytes",
        "BACKSTAY_AUTH_PRINCIPALS": principals(shared=shared),
        "BACKSTAY_DATABASE_AUTO_MIGRATE": "true",
        "BACKSTAY_HTTP_PORT": str(port),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    backstay = str(Path(sys.executable).with_name("backstay"))
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), backstay, "serve", "--quiet"],
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=output,
        )
    side = Side(Endpoint(port=port), audited)
    try:
        deadline = time.monotonic() + 60
        while not _answers(side):
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit(f"no server came up:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield side
    finally:
        process.terminate()
        process.wait(30)


def _answers(side: Side) -> bool:
    try:
        return ask(side, "/v1/notes?limit=1") is not None
    except httpx.TransportError:
        return False


def ask(side: Side, path: str) -> Any:
    """What the first writer is shown."""
    headers = {"Authorization": f"Bearer {token(0)}"}
    answer = httpx.get(f"{side.endpoint.url}{path}", headers=headers, timeout=10)
    answer.raise_for_status()
    return answer.json()


def requests() -> list[Request]:
    """One note of each writer, over and over."""
    return [
        Request(
            kind="create",
            raw=http_request(
                "POST", "/v1/notes", headers={"Authorization": f"Bearer {token(one)}"}, body=_NOTE
            ),
        )
        for one in range(WRITERS)
    ]


def measure(options: argparse.Namespace, folder: Path, urls: Mapping[bool, str], *, shared: bool) -> None:
    """All rounds of one engine, and their medians."""
    sequence = folder / "requests"
    write_requests(sequence, requests())
    loads: dict[tuple[bool, int], list[Load]] = {}
    with ExitStack() as stack:
        sides = []
        for audited in (False, True):
            own = folder / f"audited-{audited}"
            own.mkdir(exist_ok=True)
            one = server(own, options.port + audited, urls[audited], audited=audited, shared=shared)
            sides.append(stack.enter_context(one))
        for connections in CONNECTIONS:
            for number in range(-1, options.rounds):
                for side in sides if number % 2 else reversed(sides):
                    seen = run(side.endpoint, sequence, connections=connections, seconds=options.seconds)
                    if seen.errors:
                        raise SystemExit(f"{seen.errors} requests failed")
                    if number >= 0:  # the round before the first only warms up
                        loads.setdefault((side.audited, connections), []).append(seen)
        _refuse_unrecorded(sides)
    for connections in CONNECTIONS:
        without, kept = (_told(loads[audited, connections]) for audited in (False, True))
        print(f"  c={connections:<3} without {without[1]}   with {kept[1]}   {kept[0] / without[0] - 1:+.1%}")


def _told(rounds: list[Load]) -> tuple[float, str]:
    rates = [one.requests / one.seconds for one in rounds]
    p50, p99 = (statistics.median(getattr(one, name) for one in rounds) for name in ("p50", "p99"))
    rate = statistics.median(rates)
    return rate, f"{rate:7.0f}/s ({min(rates):.0f} to {max(rates):.0f}) p50 {p50:.2f} p99 {p99:.2f} ms"


def _refuse_unrecorded(sides: list[Side]) -> None:
    """Make sure that the trail was kept where it is said to be, and only there."""
    for side in sides:
        if side.audited:
            (newest,) = ask(side, "/v1/audit/records?limit=1")["items"]
            if newest["action"] != "notes.note_created":
                raise SystemExit(f"the trail's newest record is {newest['action']}")
        elif httpx.get(f"{side.endpoint.url}/v1/audit/records").status_code != 404:
            raise SystemExit("the server without audit has it")


def _postgres(stack: ExitStack) -> Postgres:
    # Not under /root: the cluster is not root's.
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="backstay-bench-")))
    folder.chmod(0o755)
    return stack.enter_context(cluster(folder))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.audit", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--engine", choices=["sqlite", "postgres", "all"], default="all")
    parser.add_argument("--port", type=int, default=18471, help="this one and the next must be free")
    options = parser.parse_args()
    for engine in ("sqlite", "postgres") if options.engine == "all" else (options.engine,):
        for shared in (True, False):
            writers = "one organization" if shared else f"{WRITERS} organizations"
            print(f"{engine}, {WRITERS} writers of {writers}: notes a second", flush=True)
            with ExitStack() as stack:
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="backstay-bench-")))
                if engine == "sqlite":
                    urls = {audited: f"sqlite:///{folder}/{audited}.db" for audited in (False, True)}
                else:
                    postgres = _postgres(stack)
                    for name in ("without_audit", "with_audit"):
                        postgres.create_database(name)
                    urls = {False: postgres.url("without_audit"), True: postgres.url("with_audit")}
                measure(options, folder, urls, shared=shared)


if __name__ == "__main__":
    main()
