"""The console's files: right types, right caching, nothing from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backstay.systems.console import service
from backstay.systems.console.errors import NoSuchFile
from tests.systems.console.conftest import Harness

PAGE = b"<!doctype html><title>page</title>"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    for name, content in {
        "index.html": PAGE,
        "theme.js": b"let a",
        "assets/index-B1.js": b"import a",
        "assets/index-B1.css": b"a{}",
        "assets/plex-B1.woff2": b"wOF2",
        "vendor/swagger-ui/swagger-ui.css": b"b{}",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def files(app: Harness, built: Path) -> Harness:
    app.backend.hold(service.Files(built))
    return app


class TestServing:
    @pytest.mark.parametrize(
        "path",
        [
            "/console",
            "/console/",
            "/console/systems",
            "/console/traffic/018f-a.b",
            "/console/shared/x",
            "/console/traffic?status=4&x",
        ],
    )
    async def test_the_page_answers_every_address_that_it_draws(self, files: Harness, path: str) -> None:
        answer = await files.client.get(path)
        assert (answer.status_code, answer.content) == (200, PAGE)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        assert "script-src 'self'" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize(
        ("name", "media_type"),
        [
            ("index-B1.js", "text/javascript; charset=utf-8"),
            ("index-B1.css", "text/css; charset=utf-8"),
            ("plex-B1.woff2", "font/woff2"),
        ],
    )
    async def test_hashed_files_are_kept_for_ever(self, files: Harness, name: str, media_type: str) -> None:
        answer = await files.client.get(f"/console/assets/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"

    @pytest.mark.parametrize("path", ["theme.js", "vendor/swagger-ui/swagger-ui.css"])
    async def test_other_files_are_asked_for_again(self, files: Harness, path: str) -> None:
        answer = await files.client.get(f"/console/{path}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        again = await files.client.get(f"/console/{path}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize("path", ["assets/index-A0.js", "vendor/nothing.js", "assets/", "assets/../x"])
    async def test_a_file_of_another_version_is_missed_plainly(self, files: Harness, path: str) -> None:
        answer = await files.client.get(f"/console/{path}")
        if answer.status_code == 200:  # the client has folded `..` away: an address of the page
            assert answer.content == PAGE
        else:
            assert (answer.status_code, answer.json()["code"]) == (404, "no_such_file")

    async def test_without_a_build_the_server_says_so(self, app: Harness, tmp_path: Path) -> None:
        app.backend.hold(service.Files(tmp_path / "nothing"))
        answer = await app.client.get("/console/systems")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "make console" in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert (await app.get("/v1/session"))["actor"]["name"] == "ada"


class TestFinding:
    @pytest.mark.parametrize(
        "path", ["../secret.txt", "assets/../../secret.txt", "/etc/passwd", "./theme.js"]
    )
    def test_nothing_outside_the_build_is_opened(self, built: Path, path: str) -> None:
        files = service.Files(built)
        if path.startswith("assets/"):
            with pytest.raises(NoSuchFile):
                files.find(path)
        else:
            found = files.find(path)
            assert found is not None
            assert found.content == PAGE

    def test_a_new_build_replaces_the_old(self, built: Path) -> None:
        files = service.Files(built)
        assert files.find("assets/index-B1.js") is not None
        (built / "assets/index-B1.js").unlink()
        (built / "assets/index-C2.js").write_bytes(b"import c")
        (built / "index.html").write_bytes(b"new page")
        later = (built / "index.html").stat().st_mtime_ns + 1_000_000
        os.utime(built / "index.html", ns=(later, later))
        page, added = files.find("index.html"), files.find("assets/index-C2.js")
        assert page is not None
        assert added is not None
        assert (page.content, added.content) == (b"new page", b"import c")
        with pytest.raises(NoSuchFile):
            files.find("assets/index-B1.js")
