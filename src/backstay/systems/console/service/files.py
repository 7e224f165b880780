"""The console's built files: found once, read once, never anything outside their folder."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

from backstay.systems.console.errors import NoSuchFile

DISTRIBUTION: Final = Path(__file__).parent.parent / "dist"
INDEX: Final = "index.html"
_APART: Final = ("assets/", "vendor/")
"""Folders in which a missing file is missing; elsewhere the page itself knows the address."""
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}

NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The console is not built</title>
<style>
body { max-width: 36rem; margin: 12vh auto; padding: 0 1.5rem; font: 16px/1.6 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { body { background: #0b141c; color: #dbe5ec; } a { color: #45acbd; } }
</style>
<h1>The console is not built</h1>
<p>This server runs from its sources, and the console's page has not been made from them yet.
Run <code>make console</code> in the repository and load this page again. The wheel of backstay
has it built in.</p>
<p>Everything else works: the API is described at <a href="/docs">/docs</a>.</p>
</html>
"""


class File(Struct, frozen=True):
    """One file as it goes out."""

    content: bytes
    media_type: str
    tag: str
    """Its entity tag: the same for the same bytes."""
    immutable: bool
    """Whether its name holds a hash of its content, so that it never changes under that name."""
    page: bool
    """Whether it is the page that names all others; browsers must always ask for it."""


class Files:
    """The files of one build. A build that replaces it is noticed."""

    def __init__(self, folder: Path = DISTRIBUTION) -> None:
        self._folder = folder
        self._built_at = 0
        self._paths: dict[str, Path] = {}
        self._read: dict[str, File] = {}

    def find(self, path: str) -> File | None:
        """The file at this path below `/console/`, or the page, which draws every other address; blocking.

        Returns None when the console is not built.

        Raises:
            NoSuchFile: the path is one of a file, and there is none.
        """
        if not self._look():
            return None
        if path not in self._paths:
            if path.startswith(_APART):
                raise NoSuchFile("Load the page again: it names the files of the present version.")
            path = INDEX
        found = self._read.get(path)
        if found is None:
            found = self._read[path] = self._open(path)
        return found

    def _look(self) -> bool:
        """List the files anew when the page was built since; only listed files are ever opened."""
        try:
            built_at = (self._folder / INDEX).stat().st_mtime_ns
        except FileNotFoundError:
            return False
        if built_at != self._built_at:
            self._paths = {
                found.relative_to(self._folder).as_posix(): found
                for found in self._folder.rglob("*")
                if found.is_file()
            }
            self._read.clear()
            self._built_at = built_at
        return True

    def _open(self, path: str) -> File:
        content = self._paths[path].read_bytes()
        return File(
            content=content,
            media_type=_TYPES.get(self._paths[path].suffix, "application/octet-stream"),
            tag=f'"{sha256(content).hexdigest()[:20]}"',
            immutable=path.startswith("assets/"),
            page=path == INDEX,
        )
