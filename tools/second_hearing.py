"""A second hearing for the few tests that failed in a whole run: alone, one by one, and aloud.

    python -m tools.second_hearing

Two cores that run servers, browsers and three databases at once are noisy, and a run of thousands
of tests must not be thrown away for one of them. A test that fails alone too is a failure. One that
passes alone is *unsteady*: that is a bug as well, in the product or in the test, so it is named in
the last lines of the run, for whoever reads it to find out which (CONTRIBUTING.md).

Exits with 0 when every failed test passed, with 1 when one failed again, when too many failed, or
when no test failed (then it was something else that ended the run).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

LAST_FAILED: Final = Path(".pytest_cache/v/cache/lastfailed")
MOST: Final = 3
"""With more failures than this it is not noise."""


def hear(failed: Sequence[str], run: Callable[[Sequence[str]], bool]) -> tuple[bool, str]:
    """Whether the run may count as passed, and what to say of it.

    Args:
        failed: the names of the tests that failed.
        run: runs some tests alone; whether all of them passed.
    """
    if not failed:
        return False, "No test failed, so there is nothing to hear again: read what is above."
    if len(failed) > MOST:
        return False, f"{len(failed)} tests failed; only up to {MOST} are heard again."
    guilty = [name for name in failed if not run([name])]
    unsteady = [name for name in failed if name not in guilty]
    lines = [f"FAILED TWICE  {name}" for name in guilty] + [f"UNSTEADY      {name}" for name in unsteady]
    if unsteady:
        lines.append("An unsteady test failed among the others and passed alone: a bug. Find out whose.")
    return not guilty, "\n".join(lines)


def main() -> int:
    """Hear the failed tests of the last run."""
    failed = sorted(json.loads(LAST_FAILED.read_text())) if LAST_FAILED.is_file() else []
    passed, said = hear(failed, _alone)
    print(f"\n{said}")
    return 0 if passed else 1


def _alone(names: Sequence[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
