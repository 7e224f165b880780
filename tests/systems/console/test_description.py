"""The console's client is generated from `console/openapi.json`: it must be what the server answers."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from backstay.app import MODULES
from backstay.commands.describe import openapi

COMMITTED = Path(__file__).parents[3] / "console" / "openapi.json"


def test_the_committed_description_is_the_servers_own() -> None:
    answer = CliRunner().invoke(openapi, obj=lambda: MODULES)
    assert answer.exit_code == 0, answer.output
    live = json.loads(answer.stdout)
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == live, "run `backstay openapi --output console/openapi.json` and `make console`"
