"""A project from nothing: made, extended, checked, tested, served and asked, with real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.plugins.servers import POSTGRES

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(300)]

Run = Callable[..., str]
ALL_KINDS = [
    "title:str",
    "body:text?",
    "contact:email",
    "amount:int",
    "price:money",
    "paid:bool",
    "due:datetime?",
    "reference:uuid?",
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a user's shell has: nothing of ours but the interpreter."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path_factory.mktemp("home")),
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A fresh project with two modules, as a user makes it."""
    folder = tmp_path_factory.mktemp("work")
    backstay(environment, folder, "new", "my-shop")
    shop = folder / "my-shop"
    backstay(environment, shop, "add", "module", "lead", "--field", "title:str", "--field", "amount:int")
    fields = [part for field in ALL_KINDS for part in ("--field", field)]
    backstay(environment, shop, "add", "module", "sales_order", *fields)
    return shop


def backstay(environment: dict[str, str], folder: Path, *arguments: str) -> str:
    """Run the command line in a folder; fails the test when it fails."""
    return execute(environment, folder, "-m", "backstay.cli", *arguments)


def execute(environment: dict[str, str], folder: Path, *arguments: str) -> str:
    """Run the interpreter in a folder; fails the test when it fails."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def serving(environment: dict[str, str], folder: Path, *arguments: str) -> Iterator[tuple[str, list[str]]]:
    """A server of the project, and the lines it greeted with; SIGTERM at the end, which must end it well."""
    server = subprocess.Popen(
        [sys.executable, "-u", "-m", "backstay.cli", *arguments, "--port", "0"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout is not None
    try:
        lines: list[str] = []
        for line in server.stdout:
            lines.append(line.strip())
            if line.strip().startswith("curl "):
                break
        url = re.search(r"http://127\.0\.0\.1:\d+", "\n".join(lines))
        assert url is not None, lines
        yield url[0], lines
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def test_the_project_is_lint_free_typed_and_in_order(project: Path, environment: dict[str, str]) -> None:
    execute(environment, project, "-m", "ruff", "check", "--no-cache")
    execute(environment, project, "-m", "ruff", "format", "--check", "--no-cache")
    execute(environment, project, "-m", "mypy")
    assert backstay(environment, project, "migrate", "check") == "SQLite: in order\n"


def test_its_own_tests_pass(project: Path, environment: dict[str, str]) -> None:
    shown = execute(environment, project, "-m", "pytest", "-q", "-p", "no:cacheprovider")

    assert re.search(r"^19 passed", shown, re.MULTILINE)


@pytest.mark.needs("postgres")
def test_its_own_tests_pass_on_postgresql(project: Path, environment: dict[str, str]) -> None:
    shown = execute(
        {**environment, "BACKSTAY_TEST_DATABASE": POSTGRES},
        project,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
    )

    assert re.search(r"^19 passed", shown, re.MULTILINE)


def test_a_user_imports_nothing_but_the_public_face(project: Path) -> None:
    imported = {
        match
        for path in project.rglob("*.py")
        for match in re.findall(r"^(?:from|import) (backstay[\w.]*)", path.read_text(), re.MULTILINE)
    }

    assert imported == {"backstay", "backstay.testing", "backstay.testing.cases", "backstay.testing.tenants"}


def test_served_with_sample_data_its_greeting_can_be_pasted(
    project: Path, environment: dict[str, str]
) -> None:
    with serving(environment, project, "serve", "--seed") as (url, lines):
        curl = next(line for line in lines if line.startswith("curl "))
        answered = subprocess.run(
            ["sh", "-c", f"{curl} -s"], capture_output=True, text=True, check=True
        ).stdout
        token = re.search(r"Bearer ([\w-]+)", curl)
        assert token is not None
        asked = httpx.get(
            f"{url}/v1/leads", params={"limit": 100}, headers={"Authorization": f"Bearer {token[1]}"}
        )
        described = httpx.get(f"{url}/openapi.json").json()

    assert any(line.startswith("my-shop serves on ") for line in lines)
    assert '"contact":"' in answered
    assert len(asked.json()["items"]) == 25
    assert {"/v1/leads", "/v1/leads/{lead_id}", "/v1/sales-orders"} <= set(described["paths"])


def test_adding_a_module_takes_less_than_two_seconds_of_work(
    project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("var"))
    before = os.times()
    backstay(environment, copy, "add", "module", "ticket")
    after = os.times()

    # The processor's time of the command and of the formatter: a busy machine takes longer by the wall.
    assert after.children_user - before.children_user + after.children_system - before.children_system < 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "module", "lead"], "my_shop/lead exists already"),
        (["add", "module", "Lead"], "'Lead' cannot name a module"),
        (["add", "module", "ticket", "--field", "a:b"], "no type is called 'b'"),
        (["new", "."], "cannot name a project"),
        (["new", "tests"], "tests exists and is not empty"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    project: Path, environment: dict[str, str], arguments: list[str], words: str
) -> None:
    before = sorted(project.rglob("*"))

    done = subprocess.run(
        [sys.executable, "-m", "backstay.cli", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert sorted(project.rglob("*")) == before


def test_a_changed_file_is_served_without_a_refused_request(
    project: Path, environment: dict[str, str]
) -> None:
    service = project / "my_shop" / "lead" / "service.py"
    text = service.read_text()
    with serving(environment, project, "dev") as (url, lines):
        token = next(line for line in lines if line.startswith("curl ")).split("Bearer ")[1].split("'")[0]
        headers = {"Authorization": f"Bearer {token}"}
        place = f"{url}/v1/leads/01938a5e-0000-7000-8000-000000000009"
        assert httpx.get(place, headers=headers).json()["code"] == "lead_not_found"
        service.write_text(text.replace("raise LeadNotFound\n", 'raise LeadNotFound("look elsewhere")\n', 1))
        try:
            deadline = time.monotonic() + 60
            while httpx.get(place, headers=headers, timeout=60).json().get("detail") != "look elsewhere":
                assert time.monotonic() < deadline
        finally:
            service.write_text(text)
