"""Sessions against their model: Hypothesis looks for a sequence of events that tells the two apart.

`make model EXAMPLES=2000` looks for longer, on both databases.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from backstay.systems.identity.service import refreshing, sessions
from backstay.systems.identity.service.standings import Standings
from tests.systems.identity.conftest import OpenSite
from tests.systems.identity.session_machine import SessionMachine, Town

ENVIRON = {
    "BACKSTAY_IDENTITY_SESSION_LIFETIME": "6h",
    "BACKSTAY_IDENTITY_SESSION_IDLE": "2h",
    "BACKSTAY_IDENTITY_REFRESH_GRACE": "10s",
    "BACKSTAY_IDENTITY_ACCESS_LIFETIME": "5m",
}
EXAMPLES = int(os.environ.get("BACKSTAY_TEST_EXAMPLES", "12"))
STEPS = 30


async def explore(open_site: OpenSite, **chosen: Any) -> None:
    """Let Hypothesis look for a sequence that tells the two apart; it fails with the shortest."""
    sites = (await open_site(**ENVIRON), await open_site(**ENVIRON))

    class Machine(SessionMachine):
        town = Town(sites, asyncio.get_running_loop())

    wanted = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        # The same sequences at every run of the tests, and others whenever somebody looks for longer.
        derandomize="BACKSTAY_TEST_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    chosen_settings = settings(wanted, **chosen)
    await asyncio.to_thread(run_state_machine_as_test, Machine, settings=chosen_settings)
    assert Machine.town.accounts >= EXAMPLES


@pytest.mark.slow
async def test_no_sequence_of_events_tells_sessions_from_their_model(open_site: OpenSite) -> None:
    await explore(open_site)


async def _unheard(*_: Any, **__: Any) -> None:
    return None


@pytest.mark.slow
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("owner", "name", "bug"),
    [
        (refreshing, "_is_retry", lambda *_: False),
        (refreshing, "_is_retry", lambda *_: True),
        (refreshing, "end_quietly", _unheard),
        (Standings, "confirm", _unheard),
        (sessions, "note_change", _unheard),
    ],
    ids=["no grace", "a grace without end", "reuse goes on", "use goes unseen", "an end goes unheard"],
)
async def test_a_planted_bug_is_told_apart(
    open_site: OpenSite, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, bug: Any
) -> None:
    monkeypatch.setattr(owner, name, bug)
    with pytest.raises(AssertionError):
        await explore(open_site, phases=[Phase.generate])
