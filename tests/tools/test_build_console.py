"""The console's build, on a console of three files: what makes it run, what it leaves, what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.plugins.needs import needs
from tools.build_console import OUTPUT, ConsoleError, build, fingerprint, node_fits

BUILD = """
const fs = require("node:fs");
const out = "../src/backstay/systems/console/dist";
fs.mkdirSync(out, {recursive: true});
fs.copyFileSync("src/page.html", out + "/index.html");
fs.appendFileSync("../builds", "x");
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    console = tmp_path / "console"
    (console / "src").mkdir(parents=True)
    package = {"name": "tiny", "version": "1.0.0", "private": True, "scripts": {"build": "node build.js"}}
    (console / "package.json").write_text(json.dumps(package))
    lock = {
        "name": "tiny",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {"": {"name": "tiny", "version": "1.0.0"}},
    }
    (console / "package-lock.json").write_text(json.dumps(lock))
    (console / "build.js").write_text(BUILD)
    (console / "src/page.html").write_text("one")
    return tmp_path


def builds(root: Path) -> int:
    return len((root / "builds").read_text()) if (root / "builds").exists() else 0


@pytest.mark.parametrize(
    "version", ["v20.19.0", "v20.20.2\n", "v22.12.0", "v23.0.0", "v24.19.0", "v25.1.0-nightly"]
)
def test_a_node_that_fits(version: str) -> None:
    assert node_fits(version)


@pytest.mark.parametrize("version", ["v18.20.0", "v20.18.9", "v21.7.0", "v22.11.0", "", "v8", "20.19.0"])
def test_a_node_that_does_not(version: str) -> None:
    assert not node_fits(version)


@needs("node")
def test_it_builds_once_and_again_only_when_a_source_changed(root: Path) -> None:
    assert build(root) is True
    assert (root / OUTPUT / "index.html").read_text() == "one"
    assert build(root) is False
    assert builds(root) == 1
    (root / "console/src/page.html").write_text("two")
    assert build(root) is True
    assert (root / OUTPUT / "index.html").read_text() == "two"
    assert builds(root) == 2


@needs("node")
def test_it_builds_again_when_the_output_is_gone(root: Path) -> None:
    build(root)
    (root / OUTPUT / "index.html").unlink()
    assert build(root) is True
    assert builds(root) == 2


@needs("node")
def test_a_broken_source_fails_and_is_tried_again(root: Path) -> None:
    (root / "console/build.js").write_text("throw new Error('no')")
    with pytest.raises(ConsoleError, match="did not build"):
        build(root)
    (root / "console/build.js").write_text(BUILD)
    assert build(root) is True


@needs("node")
def test_a_build_that_writes_elsewhere_is_named(root: Path) -> None:
    (root / "console/build.js").write_text("")
    with pytest.raises(ConsoleError, match=r"left no src/backstay/systems/console/dist/index\.html"):
        build(root)


@pytest.mark.slow
def test_without_node_and_without_a_package_index_it_says_what_to_do(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(root))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(
        ConsoleError, match="connect to the network and try again, or install Node 22 or later"
    ):
        build(root)
    assert builds(root) == 0


def test_without_sources_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="holds no console sources"):
        build(tmp_path)


def test_the_fingerprint_sees_names_and_contents_but_not_what_was_installed(root: Path) -> None:
    console = root / "console"
    first = fingerprint(console)
    (console / "node_modules").mkdir()
    (console / "node_modules/x.js").write_text("x")
    assert fingerprint(console) == first
    (console / "src/page.html").rename(console / "src/other.html")
    assert fingerprint(console) != first
