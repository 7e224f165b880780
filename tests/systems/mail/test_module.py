"""The manifest's parts that live with the server."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.clock import ManualClock
from tests.conftest import make_actor
from tests.house import open_house
from tests.systems.mail.conftest import MODULES, Post


async def test_old_mails_go_when_the_server_starts(
    database_url: str, clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ada = make_actor("ada")
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as house:
        old = await Post(house, ada).send()
    clock.move(timedelta(days=91))
    with caplog.at_level("INFO", logger="backstay.mail"):
        async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as house:
            async with asyncio.timeout(10):
                while not caplog.messages:
                    await house(ada, "GET", "/v1/mail/messages?limit=1")
            assert (await house(ada, "GET", f"/v1/mail/messages/{old.id}")).status_code == 404
    assert caplog.messages == ["mail: removed 1 mails older than 90 days"]


async def test_production_without_a_provider_is_told(
    open_post: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "a secret of thirty-two bytes, or so"
    environ = {"BACKSTAY_APP_ENVIRONMENT": "production", "BACKSTAY_APP_SECRET_KEY": secret}
    await open_post("console:", **environ)
    assert caplog.messages == ["mail: MAIL_URL is not set, so no mail leaves this deployment"]
