"""People for the checks: accounts on a server of the lab, made as anybody makes one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from backstay.kernel.guarantees import Client, Lab, Reply, Server

AUTH: Final = "/v1/auth"
PASSWORD: Final = "seven green tugboats at dawn"  # noqa: S105 - of people who live for one check
POSTMAN: Final = {"Authorization": "Bearer the-postman-of-the-lab"}
"""Who may look into the outbox."""
NOBODY: Final = {"Authorization": ""}
PAGE: Final = "https://page.localhost"
"""The page on which the lab's passkeys are used: the servers' own addresses are not known before they run."""

_TOKEN: Final = re.compile(r"^bsl_\S+$", re.MULTILINE)
_SETUP_CODE: Final = "of-an-owner-who-lives-for-one-check"
_ENVIRONMENT: Final = {
    "BACKSTAY_IDENTITY_PASSKEY_ORIGINS": PAGE,
    # What is promised does not hang on what a hash costs.
    "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
    "BACKSTAY_IDENTITY_HASH_PASSES": "1",
    "BACKSTAY_IDENTITY_VERIFIED_ONLY": "false",
    "BACKSTAY_IDENTITY_NETWORK_GUESSES": "100000",
    "BACKSTAY_IDENTITY_SETUP_CODE": _SETUP_CODE,
}


async def open_server(lab: Lab, *, processes: int = 2, env: Mapping[str, str] | None = None) -> Server:
    """A server on which people sign in without having verified their address; `env` is set besides."""
    token = POSTMAN["Authorization"].partition(" ")[2]
    principal = {"name": "postman", "token": token, "permissions": ["*"], "organization": str(UUID(int=0))}
    principals = msgspec.json.encode([principal]).decode()
    return await lab.server(
        processes=processes, env={**_ENVIRONMENT, "BACKSTAY_AUTH_PRINCIPALS": principals, **(env or {})}
    )


async def once(lab: Lab, method: str, path: str, json: Any, headers: Mapping[str, str] = NOBODY) -> Reply:
    """One request of one client."""
    replies: list[Reply] = []

    async def ask(client: Client) -> None:
        replies.append(await client.request(method, path, json=json, headers=headers))

    await lab.clients(1, timeout=30.0).each(1, ask)
    return replies[0]


async def signed_up(lab: Lab) -> str:
    """The address of a new account."""
    mail = f"{lab.unique('ada')}@example.test".lower()
    await once(lab, "POST", f"{AUTH}/sign-up", {"mail": mail, "password": PASSWORD})
    return mail


async def the_owner(lab: Lab) -> Reply:
    """A session of the first owner, who operates the house."""
    mail = f"{lab.unique('olga')}@example.test".lower()
    order = {"token": _SETUP_CODE, "mail": mail, "password": PASSWORD}
    return await once(lab, "POST", f"{AUTH}/setup", order)


async def signed_in(lab: Lab, mail: str) -> Reply:
    """A new session; refused while the account is not there."""
    return await once(lab, "POST", f"{AUTH}/sign-in", {"mail": mail, "password": PASSWORD})


def bearer(reply: Reply) -> dict[str, str]:
    """The header that proves the session."""
    return {"Authorization": f"Bearer {reply['access_token']}"}


async def mailed(lab: Lab, mail: str, template: str) -> str:
    """The token in the newest mail of a sort to an address, as soon as it is there.

    Raises:
        TimeoutError: none came.
    """
    async with asyncio.timeout(30.0):
        while True:
            listed = await once(lab, "GET", "/v1/mail/messages?limit=20", None, POSTMAN)
            for one in listed["items"]:
                if (one["template"], one["to_address"]) == (template, mail):
                    message = await once(lab, "GET", f"/v1/mail/messages/{one['id']}", None, POSTMAN)
                    (token,) = _TOKEN.findall(message["text"])
                    return str(token)
            await asyncio.sleep(0.05)
