"""Schemathesis holds a real server to its own OpenAPI description, by every check that it has.

What is left out and why (event streams, starting proofs) is written in tools/fuzz.toml.
"""

from __future__ import annotations

import re

import pytest

from tools.fuzz import serving, throw

EXAMPLES = 2
SEED = 20260101
PHASES = {"sqlite": ("coverage",), "postgresql": ("examples", "fuzzing")}
"""Coverage tries every bound of every field, which is judged before a database is asked: once is enough.
`make fuzz` runs every phase."""


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.timeout(600)  # about 100 s on two idle cores
def test_every_answer_is_as_described(engine_name: str) -> None:
    with serving(engine_name) as served:
        findings = throw(served, examples=EXAMPLES, seed=SEED, phases=PHASES[engine_name])
    assert findings.clean, findings.report
    tested = re.search(r"Selected: (\d+)/\d+\s+Tested: (\d+)", findings.report)
    # Nothing found must not mean nothing tried.
    assert tested, findings.report
    assert tested[1] == tested[2]
    assert int(tested[2]) >= 40
