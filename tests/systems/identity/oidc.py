"""npm's `oidc-provider`, run for a test."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.tools_env import executable

SECRET = "what only the two of them know: + & %"
_PROGRAM = Path(__file__).with_name("oidc_provider.mjs")


def free_port() -> int:
    """One of 127.0.0.1 where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def oidc_provider(callbacks: Sequence[str], *, userinfo: bool = False) -> Iterator[str]:
    """Where it listens; `userinfo`: whether it tells addresses there, and not in ID tokens."""
    port = free_port()
    more = ["userinfo"] if userinfo else []
    package = executable("oidc-provider")
    command = ["node", str(_PROGRAM), str(package), str(port), ",".join(callbacks), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == b"listening"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
