from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.harness import load, procfs
from bench.harness.model import Request
from bench.harness.runner import fault


def seen(
    *, requests: int = 100, errors: int = 0, creates: int = 0, refused: int = 0, refusals: int = 0
) -> load.Load:
    return load.Load(
        requests=requests,
        seconds=1.0,
        bytes=1,
        errors=errors,
        creates=creates,
        refused=refused,
        refusals=refusals,
        p50=1.0,
        p99=2.0,
    )


def test_a_round_counts_when_every_answer_was_right_and_every_row_is_there() -> None:
    assert fault(seen(), rows_added=0, connections=8) == ""
    assert fault(seen(creates=100), rows_added=100, connections=8) == ""
    assert fault(seen(creates=100), rows_added=92, connections=8) == ""
    assert fault(seen(refused=42, refusals=50), rows_added=0, connections=8) == ""


@pytest.mark.parametrize(
    ("load_seen", "rows_added", "words"),
    [
        (seen(errors=3), 0, "3 of 100 requests were not answered"),
        (seen(refused=1), 0, "0 were to be refused and 1 of 100 were"),
        (seen(refused=41, refusals=50), 0, "50 were to be refused and 41 of 100 were"),
        (seen(requests=0), 0, "nothing was answered"),
        (seen(creates=100), 91, "100 rows were sent and 91 are there"),
        (seen(creates=100), 101, "100 rows were sent and 101 are there"),
    ],
)
def test_a_round_is_void_for_errors_and_for_missing_or_surplus_rows(
    load_seen: load.Load, rows_added: int, words: str
) -> None:
    assert fault(load_seen, rows_added, connections=8) == words


def test_requests_are_written_with_kind_and_length(tmp_path: Path) -> None:
    path = tmp_path / "requests"
    load.write_requests(path, [Request(kind="get", raw=b"a\nb"), Request(kind="create", raw=b"")])
    assert path.read_bytes() == b"get 3\na\nbcreate 0\n"


def test_a_request_is_plain_http() -> None:
    assert load.http_request("POST", "/v1/items", headers={"Authorization": "Bearer x"}, body=b"{}") == (
        b"POST /v1/items HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        b"Authorization: Bearer x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert load.http_request("GET", "/") == (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the harness reads /proc")
def test_a_tree_holds_a_child_its_cpu_time_and_its_memory() -> None:
    # The shell's child burns CPU, then both wait for input to end.
    burn = "import sys; sum(range(3_000_000)); print('done', flush=True); sys.stdin.read()"
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f'{sys.executable} -c "{burn}"; true'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert shell.stdout is not None
    assert shell.stdout.readline() == b"done\n"
    pids = procfs.tree(shell.pid)
    assert pids[0] == shell.pid
    assert len(pids) == 2
    assert procfs.cpu_seconds(shell.pid) >= 0.02
    assert procfs.resident_bytes(shell.pid) > 5_000_000
    assert procfs.affinity(shell.pid) == os.sched_getaffinity(0)
    shell.communicate()
    assert procfs.resident_bytes(shell.pid) == 0
