"""The process that hands a mail over is killed outright, and started again."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.systems.mail.conftest import url
from tests.systems.mail.servers import Inbox

TOKEN = "a-token-for-the-test-of-killed-mailers"
WHO = [{"name": "ada", "token": TOKEN, "permissions": ["*"]}]


@asynccontextmanager
async def _served(
    database_url: str, inbox: Inbox, folder: Path, number: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BACKSTAY_")} | {
        "DATABASE_URL": database_url,
        "MAIL_URL": url(inbox),
        "BACKSTAY_APP_DATA_DIR": str(folder),
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps(WHO),
        "BACKSTAY_JOBS_LEASE": "1s",
        "BACKSTAY_JOBS_POLL": "0.1s",
        # What became of a mail is asked again and again.
        "BACKSTAY_RATELIMIT_QUOTA": "100000",
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / f"server-{number}.log"
    with log.open("w") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backstay.cli",
            "serve",
            "--port",
            "0",
            cwd=folder,
            env=environ,
            stdout=out,
            stderr=out,
        )  # fmt: skip - one command on one line
    try:
        async with asyncio.timeout(60):
            while (found := re.search(r"serves on (http://[\d.:]+)", log.read_text())) is None:
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.02)
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=found[1], headers=headers, timeout=30) as client:
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_mail_in_the_hands_of_a_killed_process_is_handed_over_again(
    database_url: str, inbox: Inbox, tmp_path: Path
) -> None:
    inbox.holds = [asyncio.Event()]
    async with _served(database_url, inbox, tmp_path, 1) as (process, client):
        made = await client.post(
            "/v1/mail/messages/test", json={"template": "mail.test", "to": "bob@example.test"}
        )
        mail = f"/v1/mail/messages/{made.json()['id']}"
        async with asyncio.timeout(30):
            await inbox.arrived.wait()
        assert (await client.get(mail)).json()["state"] == "sending"
        process.kill()
        await process.wait()
    async with _served(database_url, inbox, tmp_path, 2) as (_, client), asyncio.timeout(60):
        while (message := (await client.get(mail)).json())["state"] != "sent":
            assert message["state"] in {"sending", "unknown"}
    assert [step["kind"] for step in message["ledger"]] == ["queued", "handing", "unknown", "handing", "sent"]
    assert inbox.raw(0) == inbox.raw(1)
    assert message["message_id"].encode() in inbox.raw(1)
    assert len(inbox.mails) == 2
