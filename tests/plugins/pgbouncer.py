"""A PgBouncer of the tests' own before PostgreSQL, which lends its connections by the transaction."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.plugins.servers import POSTGRES

ENGINES: Final = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.needs("postgres")),
    pytest.param("pgbouncer", marks=pytest.mark.needs("pgbouncer")),
]
"""For an `engine_name` of one's own, where the wall and the proxy matter; `pgbouncer` has both."""
_POOL: Final = 3
"""Connections to PostgreSQL for each database: fewer than the tests' clients, so that they share them."""
_SETTINGS: Final = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 200
"""


@pytest.fixture(scope="session")
def pgbouncer() -> Iterator[str]:
    """The URL of the proxy, without a database."""
    server = urlsplit(POSTGRES)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="backstay-pgbouncer-"))
    folder.chmod(0o755)  # it gives up being root before it reads
    settings = folder / "settings.ini"
    values = {"host": server.hostname, "port": server.port or 5432, "listen": listen, "folder": folder}
    settings.write_text(_SETTINGS.format(pool=_POOL, **values))
    (folder / "users").write_text(f'"{server.username}" "{server.password or ""}"\n')
    user = ["--user", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen(
        ["pgbouncer", *user, str(settings)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    reading: threading.Thread | None = None
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if "process up" in line:
                break
        assert process.poll() is None, "".join(said)
        # It writes a line for each connection, and stands still when nobody reads them.
        reading = threading.Thread(target=process.stderr.read, daemon=True)
        reading.start()
        yield f"postgresql://{server.username}@127.0.0.1:{listen}"
    finally:
        process.terminate()
        process.wait()
        if reading is not None:
            reading.join()
        process.stderr.close()
        shutil.rmtree(folder)
