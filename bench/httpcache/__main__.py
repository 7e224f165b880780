"""`python -m bench.httpcache CHECKOUT`: the suite http-tests/cache-tests against our proxy and others.

CHECKOUT is a clone of https://github.com/http-tests/cache-tests with its packages installed (`npm install
--omit=dev --ignore-scripts`); nothing of it is in this repository. Each contender stands before the suite's
own server, alone, on a port of its own; nginx, Varnish and Squid are those of the machine, and are left out
where they are not installed. Printed are the counts by the suite's own judgement (its checks for browsers
alone are left out), and every check of ours that did not pass.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
READY: Final = 60.0
PASSED: Final = {"pass", "yes"}


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, log: Path, **options: Any) -> Iterator[None]:
    """A server, from when its port answers until the block ends."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, **options)
    try:
        until = time.monotonic() + READY
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"{command[0]} did not start: {log.read_text()[-2000:]}") from None
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ours(work: Path, port: int, origin: int) -> tuple[list[str], dict[str, str]]:
    """Our proxy, with a database of its own."""
    command = [sys.executable, "-m", "backstay.cli", "httpcache"]
    environment = {
        "DATABASE_URL": f"sqlite:///{work}/proxy.db",
        "BACKSTAY_APP_DATA_DIR": str(work),
        "BACKSTAY_APP_ENVIRONMENT": "test",
        "BACKSTAY_DATABASE_AUTO_MIGRATE": "true",
    }
    return [*command, "--origin", f"http://127.0.0.1:{origin}", "--port", str(port)], environment


def written(work: Path, name: str, port: int, origin: int) -> str:
    """A peer's configuration with the places and ports of this run."""
    text = (HERE / "peers" / name).read_text()
    for mark, value in (("@WORK@", work), ("@PORT@", port), ("@ORIGIN@", origin)):
        text = text.replace(mark, str(value))
    path = work / name
    path.write_text(text)
    return str(path)


def nginx(work: Path, port: int, origin: int) -> tuple[list[str], dict[str, str]]:
    """nginx, in the foreground."""
    return ["nginx", "-p", str(work), "-c", written(work, "nginx.conf", port, origin)], {}


def varnish(work: Path, port: int, origin: int) -> tuple[list[str], dict[str, str]]:
    """Varnish, in the foreground."""
    vcl = written(work, "varnish.vcl", port, origin)
    # Without `-t 0` it keeps for two minutes what says nothing, and hardly a check of the suite applies.
    places = ["-a", f"127.0.0.1:{port}", "-n", str(work / "varnish")]
    return ["varnishd", "-F", "-t", "0", "-f", vcl, *places], {}


def squid(work: Path, port: int, origin: int) -> tuple[list[str], dict[str, str]]:
    """Squid, in the foreground."""
    return ["squid", "-N", "-f", written(work, "squid.conf", port, origin)], {}


CONTENDERS: Final[dict[str, tuple[str, Callable[[Path, int, int], tuple[list[str], dict[str, str]]]]]] = {
    "backstay": (sys.executable, ours),
    "nginx": ("nginx", nginx),
    "varnish": ("varnishd", varnish),
    "squid": ("squid", squid),
}


def npm(checkout: Path, what: str, **given: object) -> dict[str, Any]:
    """Options to run one of the suite's programs, which are told by npm's variables."""
    told = {f"npm_config_{name}": str(value) for name, value in given.items()}
    defaults = json.loads((checkout / "package.json").read_text())["config"]
    told |= {f"npm_package_config_{name}": str(value) for name, value in defaults.items()}
    return {"args": ["node", "--no-warnings", what], "cwd": checkout, "env": {**os.environ, **told}}


def judged(checkout: Path, name: str) -> list[dict[str, str]]:
    """Every check's outcome for a contender."""
    with tempfile.TemporaryDirectory(prefix="backstay-httpcache-") as folder:
        work = Path(folder)
        # Varnish and Squid leave root behind, and write here.
        work.chmod(0o777)
        port, behind = free_port(), free_port()
        server = npm(checkout, "test-engine/server/server.mjs", port=behind, pidfile=work / "server.pid")
        command, environment = CONTENDERS[name][1](work, port, behind)
        with (
            running(server.pop("args"), behind, work / "origin.log", **server),
            running(command, port, work / "cache.log", env={**os.environ, **environment}),
        ):
            client = npm(checkout, "test-engine/cli.mjs", base=f"http://127.0.0.1:{port}")
            answered = subprocess.run(**client, check=True, capture_output=True)
        results = work / "results.json"
        results.write_bytes(answered.stdout)
        summary = ["node", str(HERE / "summary.mjs"), str(checkout), str(results)]
        judged: list[dict[str, str]] = json.loads(
            subprocess.run(summary, check=True, capture_output=True).stdout
        )
        return judged


def main() -> None:
    """Run them one after the other and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, prog="bench.httpcache")
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--only", choices=CONTENDERS, action="append")
    chosen = parser.parse_args()
    checkout: Path = chosen.checkout.resolve()
    commit = subprocess.run(
        ["git", "-C", str(checkout), "log", "-1", "--format=%H %cs"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    print(f"cache-tests {commit}, {time.strftime('%Y-%m-%d', time.gmtime())}")
    failed: list[dict[str, str]] = []
    for name in chosen.only or CONTENDERS:
        if shutil.which(CONTENDERS[name][0]) is None:
            print(f"{name:10} is not installed")
            continue
        tests = judged(checkout, name)
        if name == "backstay":
            failed = [one for one in tests if one["outcome"] not in PASSED and one["kind"] != "check"]
        counts = Counter(one["kind"] for one in tests)
        passed = Counter(one["kind"] for one in tests if one["outcome"] in PASSED)
        words = (f"{passed[kind]}/{counts[kind]} {kind}" for kind in ("required", "optimal"))
        print(f"{name:10} {', '.join(words)}", flush=True)
    for one in failed:
        print(f"backstay: {one['kind']} {one['outcome']} {one['id']}: {one['told']}")


if __name__ == "__main__":
    main()
