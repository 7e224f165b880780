"""The load: wrk on its own core, a closed loop over a fixed number of connections."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from bench.harness.cores import LOAD_CORE
from bench.harness.model import Endpoint, Request

_REPLAY: Final = Path(__file__).with_name("replay.lua")


class Load(Struct, frozen=True):
    """What wrk saw."""

    requests: int
    seconds: float
    bytes: int
    errors: int
    """Connections that broke and answers that did not come."""
    creates: int
    """Creating requests sent; up to one a connection was still unanswered at the end."""
    refused: int
    """Answers of 400 and more."""
    refusals: int
    """Requests sent that are to be refused; as with `creates`."""
    p50: float
    """Milliseconds."""
    p99: float


def write_requests(path: Path, requests: Sequence[Request]) -> None:
    """Write the sequence in the form that replay.lua reads."""
    with path.open("wb") as file:
        for request in requests:
            file.write(f"{request.kind} {len(request.raw)}\n".encode())
            file.write(request.raw)


def run(endpoint: Endpoint, requests: Path, *, connections: int, seconds: float) -> Load:
    """Send the sequence for that long and say what came of it. Whole seconds only, as wrk counts."""
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s"]
    output = subprocess.run(
        [*command, "--timeout", "10s", "-s", str(_REPLAY), endpoint.url, "--", str(requests)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return msgspec.json.decode(output.strip().splitlines()[-1], type=Load)


def http_request(
    method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes | None = None
) -> bytes:
    """An HTTP/1.1 request as bytes, kept alive."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")
