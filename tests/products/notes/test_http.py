"""The notes product over HTTP, from one end to the other on both databases."""

from __future__ import annotations

from datetime import timedelta

from backstay.kernel.clock import ManualClock
from tests.products.notes.conftest import Api


async def test_the_life_of_a_note(api: Api, clock: ManualClock) -> None:
    made = await api(
        "ada", "POST", "/notes", {"title": " Bread ", "body": "**slow**", "tags": ["b", "A", "a"]}
    )
    note = made.json()
    path = f"/notes/{note['id']}"
    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, f"/v1{path}", '"1"')
    moment = clock.now().isoformat().replace("+00:00", "Z")
    assert note == {
        "id": note["id"],
        "title": "Bread",
        "body": "**slow**",
        "tags": ["A", "b"],
        "created_at": moment,
        "updated_at": moment,
        "deleted_at": None,
        "version": 1,
        "html": None,
    }
    assert (await api("ada", "GET", path)).json() == note
    rendered = await api("ada", "GET", f"{path}?html=true")
    assert rendered.json() == note | {"html": "<p><strong>slow</strong></p>\n"}
    assert (await api("ada", "GET", path, if_none_match=1)).status_code == 304

    clock.move(timedelta(minutes=1))
    changed = await api("ada", "PATCH", path, {"title": "Cake"}, if_match=1)
    assert (changed.status_code, changed.headers["etag"], changed.json()["title"]) == (200, '"2"', "Cake")
    assert (await api("ada", "PATCH", path, {"title": "x"})).status_code == 428

    deleted = await api("ada", "DELETE", path, if_match=2)
    assert (deleted.status_code, deleted.content) == (204, b"")
    gone = await api("ada", "GET", path)
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_note")
    assert [n["title"] for n in (await api("ada", "GET", "/notes?deleted=true")).json()["items"]] == ["Cake"]
    restored = await api("ada", "POST", f"{path}/restore")
    assert (restored.status_code, restored.json()["version"]) == (200, 4)
    await api("ada", "DELETE", path, if_match=4)
    clock.move(timedelta(days=7, microseconds=1))
    over = await api("ada", "POST", f"{path}/restore")
    assert (over.status_code, over.json()["code"]) == (410, "undelete_window_over")


async def test_a_stale_change_is_refused_with_the_present_version(api: Api) -> None:
    note = await api.make()
    path = f"/notes/{note['id']}"
    await api("ada", "PATCH", path, {"body": "new"}, if_match=1)
    for answer in (
        await api("ada", "PATCH", path, {"body": "old"}, if_match=1),
        await api("ada", "DELETE", path, if_match=1),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["version"]) == (412, "stale_note", 2)
        assert answer.headers["etag"] == '"2"'
    assert (await api("ada", "GET", path)).json()["body"] == "new"


async def test_every_field_at_fault_is_named(api: Api) -> None:
    body = {"title": " ", "body": 5, "tags": ["ok", "", "a/b"], "colour": "red"}
    answer = await api("ada", "POST", "/notes", body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/title", "format"),
        ("/body", "type"),
        ("/tags/1", "length"),
        ("/tags/2", "format"),
        ("/colour", "unknown"),
    ]
    long = await api("ada", "POST", "/notes", {"title": "x" * 201, "body": "ä" * 60_000, "tags": []})
    assert [(error["pointer"], error["code"]) for error in long.json()["errors"]] == [("/title", "length")]
    heavy = await api("ada", "POST", "/notes", {"title": "x", "body": "ä" * 60_000})
    assert [(error["pointer"], error["code"]) for error in heavy.json()["errors"]] == [("/body", "length")]
    assert (await api("ada", "GET", "/notes")).json()["items"] == []


async def test_lists_are_searched_filtered_sorted_and_paged(api: Api, clock: ManualClock) -> None:
    for title, tags in (("Bread", ["food", "slow"]), ("Cake", ["food"]), ("Bike", [])):
        await api.make(title=title, body=f"about {title.lower()} <b>", tags=tags)
        clock.move(timedelta(seconds=1))

    async def titles(query: str) -> list[str]:
        answer = await api("ada", "GET", f"/notes{query}")
        assert answer.status_code == 200, answer.text
        return [note["title"] for note in answer.json()["items"]]

    assert await titles("") == ["Bike", "Cake", "Bread"]
    assert await titles("?sort=title") == ["Bike", "Bread", "Cake"]
    assert await titles("?tag=FOOD") == ["Cake", "Bread"]
    assert await titles("?tag=food&tag=slow") == ["Bread"]
    assert await titles("?q=about+-cake&sort=created_at") == ["Bread", "Bike"]
    assert await titles("?q=bre") == ["Bread"]
    assert await titles("?updated_since=2026-01-01T00:00:01Z&updated_before=2026-01-01T00:00:02Z") == ["Cake"]
    first = (await api("ada", "GET", "/notes?limit=2&q=about&sort=rank,title")).json()
    rest = (
        await api("ada", "GET", f"/notes?limit=2&q=about&sort=rank,title&cursor={first['next_cursor']}")
    ).json()
    assert sorted(n["title"] for n in (*first["items"], *rest["items"])) == ["Bike", "Bread", "Cake"]
    (found,) = (await api("ada", "GET", "/notes?q=bread")).json()["items"]
    assert found["highlight"] == {
        "title": "<mark>Bread</mark>",
        "snippet": "about <mark>bread</mark> &lt;b&gt;",
    }
    for query in (
        "?sort=nope",
        "?limit=0",
        f"?q={'x' * 201}",
        "?deleted=maybe",
        "?tagg=x",
        "?tag=",
    ):
        assert (await api("ada", "GET", f"/notes{query}")).status_code == 422, query
    assert (await api("ada", "GET", "/notes?cursor=x")).status_code == 400


async def test_tags_over_http(api: Api) -> None:
    note = await api.make(tags=["Wörk things", "x"])
    assert (await api("ada", "GET", "/notes/tags")).json()["items"] == [
        {"name": "Wörk things", "notes": 1},
        {"name": "x", "notes": 1},
    ]
    renamed = await api("ada", "PATCH", "/notes/tags/w%C3%B6rk%20THINGS", {"name": "Job"})
    assert (renamed.status_code, renamed.json()) == (200, {"name": "Job", "notes": 1})
    assert (await api("ada", "GET", f"/notes/{note['id']}")).json()["tags"] == ["Job", "x"]
    merged = await api("ada", "PATCH", "/notes/tags/job", {"name": "X"})
    assert merged.json() == {"name": "x", "notes": 1}
    missing = await api("ada", "PATCH", "/notes/tags/job", {"name": "y"})
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_tag")
    assert (await api("ada", "DELETE", "/notes/tags/X")).status_code == 204
    assert (await api("ada", "GET", "/notes/tags")).json()["items"] == []


async def test_sharing_over_http(api: Api, clock: ManualClock) -> None:
    note = await api.make(body="*open*", tags=["private"])
    path = f"/notes/{note['id']}"
    shares = "/notes/shares"
    assert (await api("ada", "GET", shares)).json()["items"] == []
    assert (await api("ada", "DELETE", f"{path}/share")).status_code == 204
    link = (await api("ada", "POST", f"{path}/share", {"expires_in": 86_400})).json()
    api.records.clear()
    seen = await api(None, "GET", f"/shared-notes/{link['token']}")
    assert seen.status_code == 200
    assert seen.json() == {
        "title": "One",
        "body": "*open*",
        "updated_at": note["updated_at"],
        "expires_at": "2026-01-02T00:00:00Z",
        "html": "<p><em>open</em></p>\n",
    }
    assert (seen.headers["cache-control"], seen.headers["x-robots-tag"]) == ("no-store", "noindex, nofollow")
    assert [record.path for record in api.records] == ["/v1/shared-notes/[token]"]
    (shown,) = (await api("ada", "GET", shares)).json()["items"]
    assert shown == {
        "note_id": note["id"],
        "title": "One",
        "created_at": link["created_at"],
        "expires_at": link["expires_at"],
    }
    of_another = await api("ada", "GET", f"{shares}?note_id=01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c8d")
    assert of_another.json()["items"] == []
    assert (await api("ada", "GET", f"{shares}?note_id={note['id']}")).json()["items"] == [shown]
    assert [n["shared"] for n in (await api("ada", "GET", "/notes")).json()["items"]] == [True]

    clock.move(timedelta(days=1))
    expired = await api(None, "GET", f"/shared-notes/{link['token']}")
    unknown = await api(None, "GET", f"/shared-notes/{'A' * 43}")
    revoked = (await api("ada", "POST", f"{path}/share", {})).json()
    assert (await api("ada", "DELETE", f"{path}/share")).status_code == 204
    ended = await api(None, "GET", f"/shared-notes/{revoked['token']}")
    for answer in (expired, unknown, ended):
        problem = answer.json()
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        del problem["instance"], problem["trace_id"]
        assert problem == {
            "type": "/docs/problems#no_such_link",
            "title": "This link leads nowhere",
            "status": 404,
            "code": "no_such_link",
        }
