"""Signing a browser in and out."""

from __future__ import annotations

import pytest

from tests.systems.console.conftest import ADA, Harness, Opener

ATTRIBUTES = "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"


class TestSigningIn:
    async def test_a_token_that_holds_becomes_a_cookie_that_no_script_can_read(self, app: Harness) -> None:
        answer = await app.client.post("/v1/session", json={"token": "ada-token"})
        assert answer.status_code == 200
        assert answer.headers["set-cookie"] == f"backstay_token=ada-token; {ATTRIBUTES}"
        assert answer.headers["cache-control"] == "no-store"
        session = answer.json()
        assert session["actor"].pop("id")
        assert session["actor"].pop("organization_id")
        assert session == {
            "actor": {"name": "ada", "kind": "user", "permissions": ["*"], "impersonator_id": None},
            "application": "backstay",
            "version": "0.1.0",
            "environment": "development",
            "modules": ["health", "console", "shipping"],
        }

    async def test_the_cookie_signs_in(self, app: Harness) -> None:
        await app.client.post("/v1/session", json={"token": "ada-token"})
        answer = await app.client.get("/v1/session")
        assert (answer.status_code, answer.json()["actor"]["name"]) == (200, "ada")

    async def test_behind_tls_the_cookie_stays_there(self, open_console: Opener) -> None:
        async with open_console(BACKSTAY_HTTP_PUBLIC_URL="https://console.example") as app:
            answer = await app.client.post("/v1/session", json={"token": "ada-token"})
        assert answer.headers["set-cookie"] == f"backstay_token=ada-token; {ATTRIBUTES}; Secure"

    @pytest.mark.parametrize("token", ["wrong", "ada-token; Path=/x", 'a"b', "a\tb", "ä"])
    async def test_a_token_that_does_not_hold_sets_nothing(self, app: Harness, token: str) -> None:
        answer = await app.client.post("/v1/session", json={"token": token})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert "set-cookie" not in answer.headers
        assert token not in answer.text

    async def test_a_body_without_a_token_names_the_field(self, app: Harness) -> None:
        answer = await app.client.post("/v1/session", json={})
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/token"]


class TestSessions:
    async def test_nobody_is_signed_in_at_first(self, app: Harness) -> None:
        answer = await app.client.get("/v1/session")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    async def test_a_bearer_token_tells_its_session_too(self, app: Harness) -> None:
        assert (await app.get("/v1/session"))["actor"]["name"] == "ada"

    async def test_signing_out_clears_the_cookie(self, app: Harness) -> None:
        await app.client.post("/v1/session", json={"token": "ada-token"})
        answer = await app.client.delete("/v1/session")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["set-cookie"] == "backstay_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        assert (await app.client.get("/v1/session")).status_code == 401

    async def test_signing_out_twice_does_no_harm(self, app: Harness) -> None:
        assert (await app.client.delete("/v1/session")).status_code == 204
        assert (await app.client.get("/v1/session", headers=ADA)).status_code == 200


class TestDoors:
    async def test_without_accounts_a_token_is_the_only_door(self, app: Harness) -> None:
        answer = await app.client.get("/v1/session/doors")
        assert answer.json() == {"application": "backstay", "accounts": False, "tokens": True}
