"""Runs a page of documentation from top to bottom: one shell, one folder, servers as the page starts them."""

from __future__ import annotations

import os
import selectors
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.docs.blocks import Block, blocks
from tests.docs.matching import differences

DOCUMENTED: Final = "http://127.0.0.1:8000"
_DONE: Final = "--- block done ---"


class BlockError(AssertionError):
    """A block did not do what the page says."""


class Shell:
    """One bash for a page: what a block sets, the next one sees. It stops at the first command that fails."""

    def __init__(self, folder: Path, scratch: Path, environment: dict[str, str]) -> None:
        """`folder`: where it starts. `scratch`: for files of ours that the page must not see."""
        self.scratch = scratch
        self._out, self._err = scratch / "stdout", scratch / "stderr"
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-euo", "pipefail"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _stop(self._process)

    def run(self, text: str, timeout: float = 60) -> str:
        """Run the commands and return what they printed.

        Raises:
            BlockError: one of them failed, or they took longer than `timeout` seconds.
        """
        assert self._process.stdin is not None
        places = f">{shlex.quote(str(self._out))} 2>{shlex.quote(str(self._err))}"
        self._process.stdin.write(
            f"{{\n{text}\n}} {places} </dev/null\nprintf '%s\\n' {shlex.quote(_DONE)}\n"
        )
        self._process.stdin.flush()
        if not self._finished(timeout):
            raise BlockError(f"{text.strip()}\n{self._out.read_text()}{self._err.read_text()}".strip())
        return self._out.read_text()

    def _finished(self, timeout: float) -> bool:
        """Whether the block reached its end, within the time."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            ready = selector.select(timeout)
        return bool(ready) and self._process.stdout.readline().strip() == _DONE

    def folder(self) -> Path:
        """Where the shell stands now."""
        return Path(self.run("pwd").strip())


@contextmanager
def serving(command: str, folder: Path, scratch: Path, environment: dict[str, str]) -> Iterator[str]:
    """Run the server that `command` starts on a free port; its URL, once it is ready.

    Raises:
        BlockError: it ended, or was not ready within 30 seconds.
    """
    port = _free_port()
    log = scratch / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env={**environment, "BACKSTAY_HTTP_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        if not _is_ready(url, process):
            raise BlockError(f"{command.strip()}\nthe server did not become ready:\n{log.read_text()}")
        yield url
    finally:
        _stop(process)


def _is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a process with all that it started, gently first."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, end)
            process.wait(10)
        except ProcessLookupError:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
        break
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_for(home: Path) -> dict[str, str]:
    """What a reader's shell would know: the installed commands, a home of its own, and none of our settings."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "120"}


def run_page(page: str, workspace: Path, server: str = "backstay serve") -> int:
    """Execute a page in an empty folder under `workspace`; how many blocks ran.

    A block that asks for the documented address before the page has started a server gets one from
    `server`.

    Raises:
        BlockError: a block failed or printed something else; it names the line of the page.
    """
    folder = workspace / "folder"
    folder.mkdir()
    environment = environment_for(folder)
    found = blocks(page)
    address = None
    with Shell(folder, workspace, environment) as shell, ExitStack() as running:
        for block in found:
            with _at_line(block.line):
                if block.server or (address is None and DOCUMENTED in block.text):
                    running.close()
                    command = block.text if block.server else server
                    address = running.enter_context(serving(command, shell.folder(), workspace, environment))
                if not block.server:
                    _run(block, shell, address or DOCUMENTED)
    return len(found)


@contextmanager
def _at_line(line: int) -> Iterator[None]:
    try:
        yield
    except BlockError as error:
        raise BlockError(f"line {line}: {error}") from None


def _run(block: Block, shell: Shell, address: str) -> None:
    if block.file:
        path = shell.folder() / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text)
        return
    commands = block.text.replace(DOCUMENTED, address)
    if block.language == "python":
        program = shell.scratch / "block.py"
        program.write_text(commands)
        commands = f"PYTHONPATH=. python {shlex.quote(str(program))}"
    printed = shell.run(commands).replace(address, DOCUMENTED)
    if block.expected is not None:
        unlike = differences(block.expected, printed, block.expected_language)
        if unlike:
            raise BlockError("\n".join([block.text.strip(), *unlike]))
