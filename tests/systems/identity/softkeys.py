"""People with passkeys in software, as the tests use them."""

from __future__ import annotations

from typing import Any, Final

from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from tests.systems.identity.conftest import Site

ORIGIN: Final = "http://localhost:8000"


async def added(site: Site, token: str, passkey: SoftAuthenticator, name: str = "phone") -> dict[str, Any]:
    """The passkey, and the session after it."""
    options = await site.post("/account/passkeys/options", None, token)
    assert options.status_code == 200, options.text
    made = {"credential": passkey.create(options.json()), "name": name}
    answer = await site.post("/account/passkeys", made, token)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def with_passkey(site: Site, **kind: bool) -> tuple[SoftAuthenticator, dict[str, Any]]:
    """An account with a passkey, and its session."""
    tokens = await site.sign_up()
    passkey = SoftAuthenticator(ORIGIN, **kind)
    return passkey, await added(site, tokens["access_token"], passkey)


async def sign_in(site: Site, passkey: SoftAuthenticator, **more: Any) -> Any:
    options = (await site.post("/auth/passkey/options")).json()
    return await site.post("/auth/passkey", {"credential": passkey.get(options), **more})


async def show(site: Site, passkey: SoftAuthenticator, token: str) -> Any:
    options = (await site.post("/account/second-factor/passkey/options", None, token)).json()
    return await site.post("/account/second-factor/passkey", {"credential": passkey.get(options)}, token)


def refused(answer: Any, code: str = "wrong_passkey", status: int = 401) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)
