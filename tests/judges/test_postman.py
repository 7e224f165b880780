"""Postman's own converter and runner take our description: every request is sent, and none breaks.

A generated request names notes and counters that do not exist, so 4xx is a right answer; 5xx is not, and
neither is a script that fails, a request that gets no answer, or an error that is no problem document.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tools_env import executable
from tools.fuzz import Served

SKIPPED = ("_stream", "console_proofs_start")
"""A stream never ends, and newman waits for ends; a proof starts server processes for a minute."""

ASSERTIONS = """
pm.test("no server error", () => pm.expect(pm.response.code).to.be.below(500));
pm.test("says what it holds", () => {
  const kind = pm.response.headers.get("Content-Type") || "";
  if (pm.response.code === 204) pm.expect(pm.response.text()).to.equal("");
  else if (pm.response.code >= 400) pm.expect(kind).to.match(/^application\\/problem\\+json/);
  else pm.expect(kind).to.match(/^application\\/json/);
});
"""


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=100,
    )


def _written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.needs("newman")
def test_a_postman_collection_runs(served: Served, tmp_path: Path) -> None:
    # It is written at the first request, which a loaded machine may take longer for than httpx's five seconds.
    description = httpx.get(f"{served.url}/openapi.json", timeout=60).json()
    shown: dict[str, Any] = {}
    for path, methods in description["paths"].items():
        kept = {
            name: one for name, one in methods.items() if not one.get("operationId", "").endswith(SKIPPED)
        }
        if kept:
            shown[path] = kept
    _written(tmp_path / "openapi.json", {**description, "paths": shown})
    made = _run(executable("openapi2postmanv2"), "-s", "openapi.json", "-o", "collection.json", cwd=tmp_path)
    assert made.returncode == 0, made.stdout
    collection = json.loads((tmp_path / "collection.json").read_text())
    script = {"type": "text/javascript", "exec": ASSERTIONS.strip().splitlines()}
    collection["event"] = [*collection.get("event", []), {"listen": "test", "script": script}]
    _written(tmp_path / "collection.json", collection)
    values = [{"key": "baseUrl", "value": served.url}, {"key": "bearerToken", "value": served.token}]
    environment = _written(tmp_path / "environment.json", {"name": "house", "values": values})

    ran = _run(
        *(executable("newman"), "run", "collection.json", "--environment", environment, "--color", "off"),
        *("--timeout-request", "20000", "--reporters", "cli,json", "--reporter-json-export", "run.json"),
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stdout
    run = json.loads((tmp_path / "run.json").read_text())["run"]
    assert run["failures"] == []
    operations = sum(len(methods) for methods in shown.values())
    assert run["stats"]["requests"] == {"total": operations, "pending": 0, "failed": 0}
    assert run["stats"]["assertions"]["total"] == 2 * operations
    statuses = {execution["response"]["code"] for execution in run["executions"]}
    # The token was sent, and something was done with it.
    assert 200 in statuses
    assert 201 in statuses
