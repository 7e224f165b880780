"""The root command: what it lists, how it fails, and how little it imports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from backstay import cli
from backstay.kernel.errors import NotFound
from backstay.kernel.migrations import MigrationError
from backstay.kernel.module import Module


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The real command line, in a process of its own."""
    command = [sys.executable, "-m", "backstay.cli", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def invoke(*arguments: str) -> tuple[int, str]:
    """The command line in this process; the exit code and what was printed."""
    result = CliRunner().invoke(cli.cli, arguments)
    return result.exit_code, result.output


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[click.Command]:
    """Commands of a module that is the only one of the project."""
    found: list[click.Command] = []
    monkeypatch.setattr(
        cli,
        "list_modules",
        lambda: [Module(name="blog", summary="", package="tests", commands=found)],
    )
    return found


def test_the_help_lists_every_command_and_imports_none() -> None:
    code = """
import sys
from backstay.cli import cli
cli(["--help"], standalone_mode=False)
late = ("sqlalchemy", "alembic", "asyncpg", "jinja2", "backstay.kernel")
print([name for name in sys.modules if name.startswith(late)])
"""
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    lines = shown.stdout.splitlines()
    assert [line.split()[0] for line in lines if re.match(r"  [a-z]", line)] == [
        "serve",
        "dev",
        "migrate",
        "seed",
        "new",
        "add",
        "routes",
        "openapi",
        "prove",
        "doctor",
        "token",
    ]
    assert lines[-1] == "[]"


@pytest.mark.parametrize("name", sorted(cli._COMMANDS))
def test_what_the_help_says_of_a_command_is_what_the_command_says(name: str) -> None:
    entry = cli._COMMANDS[name]
    command = cli._load(entry.place)

    assert command.name == name
    assert (command.help or "").replace("\n", " ").startswith(entry.summary)


def test_the_version() -> None:
    code, output = invoke("--version")

    assert (code, output) == (0, f"backstay {version('backstay')} (Python {sys.version.split()[0]})\n")


def test_a_command_of_a_module_is_found(commands: list[click.Command]) -> None:
    @click.command()
    @click.pass_obj
    def publish(list_modules: object) -> None:
        """Publish everything."""
        click.echo(f"published by {callable(list_modules)}")

    commands.append(publish)

    assert invoke("publish") == (0, "published by True\n")


def test_an_unknown_command_is_a_usage_error(commands: list[click.Command]) -> None:
    code, output = invoke("pubish")

    assert commands == []
    assert code == 2
    assert "No such command 'pubish'" in output


class ShopClosedError(NotFound):
    """A module's own error."""

    code = "shop_closed"
    title = "The shop is closed"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MigrationError("there is no module 'x'"), "there is no module 'x'"),
        (ShopClosedError(), "The shop is closed"),
        (PermissionError(13, "Permission denied", "/var/x"), "Permission denied: '/var/x'"),
    ],
)
def test_an_expected_error_is_one_plain_line_and_exit_code_1(
    commands: list[click.Command], error: Exception, words: str
) -> None:
    @click.command()
    def fail() -> None:
        raise error

    commands.append(fail)

    code, output = invoke("fail")
    assert code == 1
    assert words in output
    assert "Traceback" not in output


def test_a_bug_and_debug_show_themselves(commands: list[click.Command]) -> None:
    @click.command()
    @click.argument("kind")
    def fail(kind: str) -> None:
        raise ZeroDivisionError if kind == "bug" else MigrationError("expected")

    commands.append(fail)

    assert isinstance(CliRunner().invoke(cli.cli, ["fail", "bug"]).exception, ZeroDivisionError)
    assert isinstance(CliRunner().invoke(cli.cli, ["--debug", "fail", "expected"]).exception, MigrationError)


def test_wrong_settings_are_named_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[http]\nprot = 1\n")

    shown = run("--config", "other.toml", "migrate", "status", cwd=tmp_path)

    assert shown.returncode == 1
    assert "http.prot" in shown.stderr
    # The box breaks lines where the folder's name happens to end.
    assert "other.toml:2" in "".join(shown.stderr.replace("│", " ").split())
    assert "http.port" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_list_of_modules_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "backstay.toml").write_text('[app]\nmodules = "shop.app:MODULES"\n')

    shown = run("migrate", "status", cwd=tmp_path)

    assert shown.returncode == 1
    assert "app.modules" in shown.stderr
    assert "there is no such Python module" in " ".join(shown.stderr.replace("│", " ").split())


def test_the_lab_is_told_which_modules_the_project_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: Sequence[click.Command]
) -> None:
    """Its servers read no settings file."""
    assert commands == []
    (tmp_path / "backstay.toml").write_text('[app]\nmodules = "shop.app:MODULES"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKSTAY_APP_MODULES", "")

    invoke("prove", "--help")

    assert os.environ["BACKSTAY_APP_MODULES"] == "shop.app:MODULES"
