"""What a server that runs and is asked little does not carry.

A count of names instead of megabytes or seconds, which depend on the machine. Whoever needs one of these
imports it where it is used, with the reason in a comment; what is needed from the start leaves the list, and
`docs/benchmarks.md` (start and idle memory) is measured anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

import msgspec
import pytest

import backstay

ROOT: Final = Path(__file__).resolve().parents[2]

USED_BY: Final = {
    "OpenSSL": "passkeys",
    "aiokafka": "events over Kafka",
    "aiosmtplib": "the first mail",
    "alembic": "migrations that are due",
    "argparse": "the offline check of an audit trail",
    "attr": "passkeys",
    "cryptography": "what is sealed or signed",
    "difflib": "a setting that is misspelled",
    "dkim": "signed mails",
    "email.policy": "the first mail",
    "greenlet": "nobody",
    "h11": "the caching proxy",
    "httpcore": "identity providers",
    "httpx": "tests",
    "iso4217": "a price in a rare currency",
    "jwt": "tokens of accounts",
    "mrml": "the first mail",
    "nats": "events over JetStream",
    "nh3": "the first Markdown",
    "opentelemetry": "an OTLP receiver",
    "pyasn1": "passkeys",
    "pygments": "nobody",
    "redis": "jobs over Redis",
    "rich": "commands that print tables",
    "segno": "the first QR code",
    "sentry_sdk": "a Sentry DSN",
    "sqlalchemy.orm": "nobody",
    "webauthn": "passkeys",
}
"""What is imported late or never, by whom it is waited for."""
OTHER_DRIVER: Final = {"sqlite": "asyncpg", "postgresql": "sqlite3"}


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    """The URL of `backstay serve` with the witness among its modules."""
    command = [sys.executable, "-m", "backstay.cli", "serve", "--port", "0"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        told = ""
        for line in process.stdout:
            told += line
            if found := re.search(r"serves on (http://\S+)", line):
                yield found[1]
                break
        else:
            pytest.fail(told)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def ask(url: str, token: str = "") -> Any:
    """The JSON that is answered."""
    request = Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urlopen(request, timeout=30) as response:
        return msgspec.json.decode(response.read())


@pytest.mark.lab  # coverage, which would follow the server, keeps its figures in SQLite
def test_an_idle_house_carries_nothing_that_waits_to_be_used(
    database_url: str, engine_name: str, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "BACKSTAY_APP_MODULES": "tests.architecture.witness:MODULES",
    }
    migrate = [sys.executable, "-m", "backstay.cli", "migrate", "up"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)

    with served(environment):
        pass  # a deployment's first server makes the first key that signs tokens, and seals it
    with served(environment) as url:
        token = (tmp_path / "var" / "demo.token").read_text(encoding="utf-8").strip()
        notes = ask(f"{url}/v1/notes", token)
        loaded = set(ask(f"{url}/witness"))

    assert notes["items"] == []
    assert {"backstay.kernel.http.serve.server", "sqlalchemy", "uvloop"} <= loaded
    assert loaded & {*USED_BY, OTHER_DRIVER[engine_name]} == set()
    assert loaded & {f"{module.package}.guarantees" for module in backstay.modules()} == set()


def test_every_name_is_one_that_could_be_imported() -> None:
    script = f"import importlib.util as u; print([n for n in {sorted(USED_BY)!r} if u.find_spec(n) is None])"

    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert found.stdout == "[]\n"
