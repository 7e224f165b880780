"""What `backstay dev` watches; that it serves each version of the code is proven in tests/scaffold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backstay.commands.reloader import roots_here, snapshot, watched


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "backstay.toml",
        "shop/app.py",
        "shop/lead/migrations/0001_create_leads.py",
        "shop/lead/README.md",
        "shop/page.html",
        "tests/test_app.py",
        "var/backstay.db",
        "var/generated.py",
        "shop/__pycache__/app.py",
        ".venv/lib/site.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_sources_and_settings_are_watched_and_what_they_make_is_not(project: Path) -> None:
    assert {path.relative_to(project).as_posix() for path in watched([project])} == {
        "backstay.toml",
        "shop/app.py",
        "shop/lead/migrations/0001_create_leads.py",
        "shop/page.html",
    }


def test_a_change_a_new_file_and_one_that_went_are_seen(project: Path) -> None:
    before = snapshot([project])
    assert snapshot([project]) == before

    os.utime(project / "shop/app.py", ns=(1, 1))
    (project / "shop/lead/service.py").touch()
    (project / "shop/page.html").unlink()

    changed = {
        path.relative_to(project).as_posix() for path, _ in before.items() ^ snapshot([project]).items()
    }
    assert changed == {"shop/app.py", "shop/lead/service.py", "shop/page.html"}


def test_a_project_is_watched_with_backstay_while_that_is_a_source_tree(project: Path) -> None:
    import backstay

    assert roots_here() == [project, Path(backstay.__file__).parent]


def test_backstay_itself_is_watched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import backstay

    monkeypatch.chdir(Path(backstay.__file__).parents[2])

    assert roots_here() == [Path.cwd()]
