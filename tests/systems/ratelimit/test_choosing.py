"""Which store counts when the settings do not say, and when they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.kernel.settings import load
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.service.choosing import chosen, make_store
from tests.systems.ratelimit.conftest import MODULES

POSTGRES = {"DATABASE_URL": "postgresql://127.0.0.1/shop"}
REDIS = {"RATELIMIT_URL": "redis://127.0.0.1:6379/0"}


@pytest.mark.parametrize(
    ("environ", "store"),
    [
        ({}, "memory"),
        ({"BACKSTAY_HTTP_WORKERS": "2"}, "sqlite"),
        (POSTGRES, "postgres"),
        (POSTGRES | REDIS, "redis"),
        (REDIS, "redis"),
        (REDIS | {"BACKSTAY_RATELIMIT_STORE": "memory"}, "memory"),
        ({"BACKSTAY_RATELIMIT_STORE": "sqlite"}, "sqlite"),
    ],
)
async def test_the_store_fits_the_deployment(environ: dict[str, str], store: str, tmp_path: Path) -> None:
    base = {"DATABASE_URL": f"sqlite:///{tmp_path}/shop.db", "BACKSTAY_APP_DATA_DIR": str(tmp_path)}
    settings = load(MODULES, base | environ, None)
    assert chosen(settings) == store
    made = make_store(settings)
    assert isinstance(made, MemoryStore if store == "memory" else GuardedStore)
    assert made.name == {"postgres": "postgresql"}.get(store, store)
    await made.close()


def test_redis_without_an_address_stops_the_start(tmp_path: Path) -> None:
    environ = {"BACKSTAY_APP_DATA_DIR": str(tmp_path), "BACKSTAY_RATELIMIT_STORE": "redis"}
    with pytest.raises(ValueError, match="RATELIMIT_URL"):
        make_store(load(MODULES, environ, None))
