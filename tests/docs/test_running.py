from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.docs.running import BlockError, run_page

SERVER = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.environ['NAME']} at http://{self.headers['host']}{self.path}".encode())
    def log_message(self, *args): pass

with open("server.pid", "a") as file:
    file.write(f"{os.getpid()}\\n")
http.server.HTTPServer(("127.0.0.1", int(os.environ["BACKSTAY_HTTP_PORT"])), Handler).serve_forever()
"""


@pytest.fixture
def server(tmp_path: Path) -> str:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    return f"exec {shlex.quote(sys.executable)} {shlex.quote(str(script))}"


def run(page: str, tmp_path: Path, server: str = "false") -> int:
    return run_page(page, tmp_path, f"NAME=default {server}")


def test_the_shell_carries_over_and_each_file_begins_empty(tmp_path: Path) -> None:
    page = "```sh\nls -A\nNAME=ada\nmkdir sub && cd sub\n```\n```text\n```\n"
    page += '```sh\nprintf "%s %s" "$NAME" "$(basename "$PWD")"\n```\n```text\nada sub\n```\n'
    assert run(page, tmp_path) == 2


def test_a_file_is_written_and_a_program_runs_beside_it(tmp_path: Path) -> None:
    page = "```python file=pkg/shop.py\nNAME = 'shop'\n```\n```python\nfrom pkg import shop\nprint(shop.NAME)\n```\n```text\nshop\n```\n"
    assert run(page, tmp_path) == 2


def test_a_server_is_started_when_it_is_asked_for_and_stopped_at_the_end(tmp_path: Path, server: str) -> None:
    page = "```sh\ncurl -s http://127.0.0.1:8000/x\n```\n```text\ndefault at http://127.0.0.1:8000/x\n```\n"
    assert run(page, tmp_path, server) == 1
    pid = int((tmp_path / "folder/server.pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_page_may_start_its_own_servers(tmp_path: Path, server: str) -> None:
    ask = "```sh\ncurl -s http://127.0.0.1:8000/\n```\n```text\n{} at http://127.0.0.1:8000/\n```\n"
    own = "```sh server\nNAME={} " + server + "\n```\n"
    page = (
        ask.format("default") + own.format("one") + ask.format("one") + own.format("two") + ask.format("two")
    )
    assert run(page, tmp_path, server) == 5
    assert len((tmp_path / "folder/server.pid").read_text().split()) == 3


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("\n```sh\necho out\necho err >&2\nfalse\necho never\n```\n", "line 2: echo out\n"),
        (
            "```sh\necho one\n```\n```text\ntwo\n```\n",
            "line 1: echo one\nprinted:\none\nbut the page shows:\ntwo",
        ),
        ("```sh\necho $UNSET\n```\n", "line 1: echo $UNSET\n"),
        ("```python\nraise SystemExit(3)\n```\n", "line 1: "),
        ("```sh server\nexit 3\n```\n", "line 1: exit 3\nthe server did not become ready:"),
    ],
)
def test_a_failure_names_its_line(page: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BlockError) as failure:
        run(page, tmp_path)
    assert str(failure.value).startswith(message)
    assert "never\n" not in str(failure.value).partition("```")[2]
