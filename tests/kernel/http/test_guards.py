"""Who may call."""

from __future__ import annotations

from uuid import UUID

from tests.kernel.http import shelf
from tests.kernel.http.conftest import ADA, AS_ADA, AS_GUEST, AS_HALF, HALF, Harness

UNKNOWN = "01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c8d"


class TestGuards:
    async def test_nobody_is_told_to_sign_in(self, app: Harness) -> None:
        answer = await app.client.get(f"/v1/books/{UNKNOWN}")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert self._guards(app) == [("shelf:read", "denied")]

    async def test_credentials_that_do_not_hold_are_refused(self, app: Harness) -> None:
        answer = await app.client.get(f"/v1/books/{UNKNOWN}", headers={"authorization": "Bearer eve"})
        assert (answer.status_code, answer.json()["detail"]) == (401, "This token does not hold.")

    async def test_an_actor_without_the_permission_is_refused(self, app: Harness) -> None:
        answer = await app.client.get(f"/v1/books/{UNKNOWN}", headers=AS_GUEST)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert answer.json()["permission"] == "shelf:read"
        assert self._guards(app) == [("shelf:read", "denied")]

    async def test_an_actor_with_it_passes(self, app: Harness) -> None:
        answer = await app.client.get(f"/v1/books/{UNKNOWN}", headers=AS_ADA)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert app.records[0].actor == ADA
        assert self._guards(app) == [("shelf:read", "allowed")]

    async def test_a_public_route_asks_nobody_who_they_are(self, app: Harness) -> None:
        assert (
            await app.client.get("/odds/text", headers={"authorization": "Bearer eve"})
        ).status_code == 200
        assert app.tokens.asked == 0

    async def test_whose_second_factor_is_missing_is_nobody_to_a_public_route(self, app: Harness) -> None:
        answer = await app.client.get("/odds/everything/abc?count=1", headers=AS_HALF)
        assert (answer.status_code, answer.json()["given"]["actor"]) == (200, None)
        assert app.records[0].actor == HALF  # the log knows better
        answer = await app.client.get(f"/v1/books/{UNKNOWN}", headers=AS_HALF)
        assert answer.status_code == 404  # a permission of its own lets it in

    async def test_a_guarded_route_asks_once(self, app: Harness) -> None:
        await app.client.get(f"/v1/books/{UNKNOWN}", headers=AS_ADA)
        assert app.tokens.asked == 1

    async def test_a_body_is_not_looked_at_before_the_guard(self, app: Harness) -> None:
        answer = await app.client.post("/v1/books", content=b"{", headers={"content-type": "text/plain"})
        assert answer.status_code == 401

    async def test_writing_happens_in_the_actors_organization(self, app: Harness) -> None:
        answer = await app.client.delete(f"/v1/books/{UNKNOWN}", headers=AS_ADA)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "content-length" not in answer.headers
        assert shelf.attempts == [str(UUID(int=10))]

    @staticmethod
    def _guards(app: Harness) -> list[tuple[str, str]]:
        return [(moment.name, moment.detail) for moment in app.record.moments if moment.kind == "guard"]
