"""Times whether it shows who has an account: `python -m tools.likeness [runs]`, 500 by default.

Pairs of a known and an unknown address go to each route, on SQLite in a folder of its own, with the hashes
that production makes. Which of the two goes first is drawn, and one thread makes all hashes: in turns, with
two threads that take turns as well, nearly every known address met the one and every unknown the other, and
what differed was the threads. The two samples are compared by Mann and Whitney's U test: it prints its z, of
which three is far out, and the difference of the medians, by the clock and by the process's CPU time, which
others on the machine disturb less. It is no test of `make test`: a clock on a machine that others use proves
nothing, and `tests/systems/identity/test_likeness.py` counts instead.
"""

from __future__ import annotations

import asyncio
import math
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from backstay.kernel.clock import SystemClock
from backstay.systems.audit.module import module as audit
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.identity.module import module as identity
from backstay.systems.identity.service import operating
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail.module import module as mail
from backstay.systems.ratelimit.module import module as ratelimit
from backstay.systems.traffic.module import module as traffic
from tests.house import House, open_house

PASSWORD: Final = "an owl reads maps by moonlight"  # noqa: S105 - of accounts that live for a minute
KNOWN: Final = "ada@example.test"
FAR_OUT: Final = 3.0
ROUTES: Final[dict[str, dict[str, Any]]] = {
    "sign-in": {"password": PASSWORD},
    "sign-up": {"password": PASSWORD},
    "forgot": {},
}
ENVIRON: Final = {
    "BACKSTAY_APP_SECRET_KEY": "a secret of thirty-two bytes, or so",
    "BACKSTAY_JOBS_EMBEDDED": "false",
    "BACKSTAY_JOBS_SCHEDULES": "false",
    "BACKSTAY_IDENTITY_FREE_GUESSES": "100",
    "BACKSTAY_IDENTITY_NETWORK_GUESSES": "1000000",
    "BACKSTAY_IDENTITY_GUESS_DELAY": "0.001s",
    "BACKSTAY_IDENTITY_GUESS_DELAY_LIMIT": "0.001s",
    "BACKSTAY_IDENTITY_HASH_THREADS": "1",
}


class Sample(NamedTuple):
    """How long each request took, in seconds."""

    clock: list[float]
    cpu: list[float]


async def main(runs: int) -> int:
    """Time every route; 1 when a difference is far out."""
    far = 0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'likeness.db'}"
        modules = [traffic, ratelimit, idempotency, jobs, mail, audit, identity]
        async with open_house(
            modules, url, SystemClock(), data_dir=Path(folder) / "data", environ=ENVIRON
        ) as house:
            for route, body in ROUTES.items():
                known, unknown = await _sampled(house, route, body, runs)
                z = _z(known.clock, unknown.clock)
                far |= abs(z) > FAR_OUT
                sys.stdout.write(
                    f"{route}: z {z:+.2f}, known - unknown {_apart(known.clock, unknown.clock)}; "
                    f"of CPU time z {_z(known.cpu, unknown.cpu):+.2f}, {_apart(known.cpu, unknown.cpu)}\n"
                )
    return far


async def _sampled(house: House, route: str, body: dict[str, Any], runs: int) -> tuple[Sample, Sample]:
    took = Sample([], []), Sample([], [])
    drawn = random.Random(route)  # noqa: S311 - which goes first is no secret
    for run in range(-5, runs):
        # An address takes so many guesses and mails; so each run has addresses of its own, one of them known.
        known, unknown = f"{run}.{route}.{KNOWN}", f"{run}.{route}.no.{KNOWN}"
        await operating.create(house.backend.database, known, "", f"{PASSWORD} once more")
        pairs = [(known, took[0]), (unknown, took[1])]
        drawn.shuffle(pairs)
        for mail_address, sample in pairs:
            began, used = time.perf_counter(), time.process_time()
            answer = await house.client.post(f"/v1/auth/{route}", json={"mail": mail_address, **body})
            if run >= 0:  # the first ones warm up
                sample.cpu.append(time.process_time() - used)
                sample.clock.append(time.perf_counter() - began)
            if answer.status_code not in {202, 401}:
                raise SystemExit(f"{route} answered {answer.status_code}: {answer.text}")
    return took


def _apart(left: list[float], right: list[float]) -> str:
    return f"{(median(left) - median(right)) * 1e6:+.0f} us"


def _z(left: list[float], right: list[float]) -> float:
    """Mann and Whitney's U as a standard normal (no ties among clock readings)."""
    ranked = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    rank_sum = sum(rank for rank, (_, side) in enumerate(ranked, start=1) if side == 0)
    n, m = len(left), len(right)
    u = rank_sum - n * (n + 1) / 2
    return (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)))
