"""Who may do what: every route against strangers and against every set of permissions."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.products.notes.conftest import PEOPLE, Api

OWN_ROUTES: tuple[tuple[str, str, dict[str, str] | None], ...] = (
    ("GET", "", None),
    ("PATCH", "", {"title": "mine"}),
    ("DELETE", "", None),
    ("POST", "/restore", None),
    ("POST", "/share", {}),
    ("DELETE", "/share", None),
)


@pytest.mark.parametrize("stranger", ["bob", "eve"])
async def test_every_route_of_a_note_is_a_404_to_others(api: Api, stranger: str) -> None:
    note = await api.make(tags=["mine"])
    await api("ada", "POST", f"/notes/{note['id']}/share", {})
    unknown = uuid4()
    for method, end, body in OWN_ROUTES:
        theirs = await api(stranger, method, f"/notes/{note['id']}{end}", body, if_match=1)
        nothing = await api(stranger, method, f"/notes/{unknown}{end}", body, if_match=1)
        assert theirs.status_code == nothing.status_code == 404, (method, end)
        assert theirs.json()["code"] == nothing.json()["code"] == "no_such_note"
    assert (await api(stranger, "PATCH", "/notes/tags/mine", {"name": "x"})).status_code == 404
    assert (await api(stranger, "DELETE", "/notes/tags/mine")).status_code == 404
    for path in (
        "/notes",
        "/notes?q=one",
        "/notes?tag=mine",
        "/notes?deleted=true",
        "/notes/tags",
        "/notes/shares",
    ):
        assert (await api(stranger, "GET", path)).json()["items"] == []
    assert (await api("ada", "GET", f"/notes/{note['id']}")).json() == note


async def test_permissions_are_needed_and_enough(api: Api) -> None:
    id_ = uuid4()
    needs = {
        "notes:read": [
            ("GET", "/notes"),
            ("GET", "/notes/tags"),
            ("GET", f"/notes/{id_}"),
            ("GET", "/notes/shares"),
        ],
        "notes:write": [
            ("POST", "/notes"),
            ("PATCH", f"/notes/{id_}"),
            ("DELETE", f"/notes/{id_}"),
            ("POST", f"/notes/{id_}/restore"),
            ("PATCH", "/notes/tags/x"),
            ("DELETE", "/notes/tags/x"),
        ],
        "notes:share": [("POST", f"/notes/{id_}/share"), ("DELETE", f"/notes/{id_}/share")],
    }
    for permission, routes in needs.items():
        for method, path in routes:
            assert (await api(None, method, path)).status_code == 401
            for who in ("nobody", "reader", "writer"):
                allowed = permission in PEOPLE[who].permissions
                answer = await api(who, method, path)
                assert (answer.status_code == 403) is not allowed, (who, method, path)
