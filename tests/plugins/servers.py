"""Where the tests look for servers; each can be set from the environment."""

from __future__ import annotations

import os
import socket
from typing import Final

_OWN_PORT: Final = 54329
"""Where scripts/services starts the tests' own PostgreSQL: in memory, which is many times faster."""


def _postgres() -> str:
    chosen = os.environ.get("BACKSTAY_TEST_POSTGRES")
    if chosen:
        return chosen
    try:
        socket.create_connection(("127.0.0.1", _OWN_PORT), 0.5).close()
    except OSError:
        return "postgresql://postgres@127.0.0.1:5432/postgres"
    return f"postgresql://postgres@127.0.0.1:{_OWN_PORT}/postgres"


POSTGRES: Final = _postgres()
"""A PostgreSQL role that may create databases; every test makes and drops its own."""
REDIS: Final = os.environ.get("BACKSTAY_TEST_REDIS", "redis://127.0.0.1:6379")
RABBITMQ: Final = os.environ.get("BACKSTAY_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672/")
"""A RabbitMQ account that may make queues; every test has names of its own and removes them."""
