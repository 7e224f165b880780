"""Times whether it shows who has an account: `python -m tools.likeness [runs]`, 500 by default.

Known and unknown addresses take turns at each route, on SQLite in a folder of its own, with the hashes
that production makes. The two samples are compared by Mann and Whitney's U test: it prints its z, of
which three is far out, and the difference of the medians. It is no test of `make test`: a clock on a
machine that others use proves nothing, and `tests/systems/identity/test_likeness.py` counts instead.
"""

from __future__ import annotations

import asyncio
import math
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from backstay.kernel.clock import SystemClock
from backstay.systems.audit.module import module as audit
from backstay.systems.identity.module import module as identity
from backstay.systems.identity.service import operating
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail.module import module as mail
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
}


async def main(runs: int) -> int:
    """Time every route; 1 when a difference is far out."""
    far = 0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'likeness.db'}"
        modules = [audit, jobs, mail, identity]
        async with open_house(
            modules, url, SystemClock(), data_dir=Path(folder) / "data", environ=ENVIRON
        ) as house:
            for route, body in ROUTES.items():
                z, difference = await _compare(house, route, body, runs)
                far |= abs(z) > FAR_OUT
                sys.stdout.write(f"{route}: z {z:+.2f}, known - unknown {difference * 1e6:+.0f} us\n")
    return far


async def _compare(house: House, route: str, body: dict[str, Any], runs: int) -> tuple[float, float]:
    took: tuple[list[float], list[float]] = ([], [])
    for run in range(-5, runs):
        # An address takes so many guesses and mails; so each run has addresses of its own, one of them known.
        known, unknown = f"{run}.{route}.{KNOWN}", f"{run}.{route}.no.{KNOWN}"
        await operating.create(house.backend.database, known, "", f"{PASSWORD} once more")
        pairs = [(known, took[0]), (unknown, took[1])]
        for mail_address, times in pairs if run % 2 else reversed(pairs):
            began = time.perf_counter()
            answer = await house.client.post(f"/v1/auth/{route}", json={"mail": mail_address, **body})
            if run >= 0:  # the first ones warm up
                times.append(time.perf_counter() - began)
            if answer.status_code not in {202, 401}:
                raise SystemExit(f"{route} answered {answer.status_code}: {answer.text}")
    return _z(*took), median(took[0]) - median(took[1])


def _z(left: list[float], right: list[float]) -> float:
    """Mann and Whitney's U as a standard normal (no ties among clock readings)."""
    ranked = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    rank_sum = sum(rank for rank, (_, side) in enumerate(ranked, start=1) if side == 0)
    n, m = len(left), len(right)
    u = rank_sum - n * (n + 1) / 2
    return (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)))
