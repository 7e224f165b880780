"""openapi-python-client makes a client from the live description, and the client works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tools.fuzz import Served

# Run by an interpreter of its own, which has the generated package on its path and nothing of ours.
ROUND_TRIP = """
import sys
from house_client import AuthenticatedClient
from house_client.api.notes import notes_create, notes_list, notes_read, notes_remove
from house_client.models import NewNote, Note, NoteSummaryPage, Problem

url, token = sys.argv[1:]
with AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True) as client:
    made = notes_create.sync(client=client, body=NewNote(title="From a generated client", body="**Hello**"))
    assert isinstance(made, Note), made
    page = notes_list.sync(client=client, limit=5)
    assert isinstance(page, NoteSummaryPage), page
    assert made.id in [note.id for note in page.items]
    read = notes_read.sync_detailed(made.id, client=client)
    assert isinstance(read.parsed, Note), read
    assert read.parsed.title == "From a generated client"
    stale = notes_remove.sync_detailed(made.id, client=client, if_match='"999"')
    assert stale.status_code == 412, stale
    assert isinstance(stale.parsed, Problem), stale
    removed = notes_remove.sync_detailed(made.id, client=client, if_match=read.headers["etag"])
    assert removed.status_code == 204, removed
    gone = notes_read.sync(made.id, client=client)
    assert isinstance(gone, Problem), gone
    assert gone.status == 404
print("round trip done")
"""


def _run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    # The generator formats with `ruff`, which lives beside our interpreter.
    environ = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environ |= {"PYTHONPATH": str(path)} if path else {}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_generated_client_makes_lists_reads_and_deletes(served: Served, tmp_path: Path) -> None:
    # The first who asks waits until it is written, for longer than the generator does on a busy machine.
    httpx.get(f"{served.url}/openapi.json", timeout=60).raise_for_status()
    package = tmp_path / "house_client"
    generator = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    options = ["--url", f"{served.url}/openapi.json", "--meta", "none", "--output-path", str(package)]
    _run(*generator, *options, cwd=tmp_path)
    _run(sys.executable, "-W", "error", "-m", "compileall", "-q", package, cwd=tmp_path)
    done = _run(
        sys.executable, "-W", "error", "-c", ROUND_TRIP, served.url, served.token, cwd=tmp_path, path=tmp_path
    )
    assert done == "round trip done\n"
