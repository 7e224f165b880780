"""Where the tests look for servers; each can be set from the environment."""

from __future__ import annotations

import os
from typing import Final

POSTGRES: Final = os.environ.get("BACKSTAY_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A PostgreSQL role that may create databases; every test makes and drops its own."""
REDIS: Final = os.environ.get("BACKSTAY_TEST_REDIS", "redis://127.0.0.1:6379")
