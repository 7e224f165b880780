from __future__ import annotations

from typing import Any

from backstay.systems.jobs.testing import drain
from tests.products.commerce.catalog.conftest import Api

IMPORTS = "/shops/north/imports"
CSV = """product,title,brand,categories,option1_name,option1_value,sku,weight,price EUR,compare_at EUR,published_from
mug,Mug,Nord Æ,Kitchen|Gifts,Colour,Red,MUG-R,300,9.50,12.00,2020-01-01T00:00:00Z
mug,,,,,Blue,MUG-B,300,9.50,,
bowl,Bowl,,Kitchen,,,BOWL,500,7,,2020-01-01T00:00:00Z
bad,Bad,,,,,BAD-1,heavy,1.005,,
bad,,,,,,BAD-2,1,2,,
,,,,,,LOST,1,2,,
"""


async def run(api: Api, content: str, format_: str = "csv", **more: Any) -> dict[str, Any]:
    asked = await api("ada", "POST", IMPORTS, {"format": format_, "content": content, **more})
    assert asked.status_code == 202, asked.text
    await drain(api.backend)
    return dict(await api.ok("ada", "GET", f"{IMPORTS}/{asked.json()['id']}"))


async def faults(api: Api, done: dict[str, Any]) -> list[tuple[int, str, str]]:
    listed = await api.ok("ada", "GET", f"{IMPORTS}/{done['id']}/faults?limit=100")
    return [(one["row"], one["field"], one["code"]) for one in listed["items"]]


async def export(api: Api, format_: str) -> str:
    asked = await api.ok("ada", "POST", "/shops/north/exports", {"format": format_})
    await drain(api.backend)
    answer = await api("ada", "GET", f"/shops/north/exports/{asked['id']}/content")
    assert answer.status_code == 200
    return answer.text


async def test_a_file_comes_in_is_explained_and_undone(api: Api) -> None:
    before = await api.make("Mug", slug="mug", variants=[{"sku": "OLD", "weight": 1}], description="Old")
    untouched = await export(api, "json")
    counted = ("state", "rows", "products", "done", "created", "changed", "unchanged", "refused", "faults")
    expected = ["done", 6, 4, 4, 1, 0, 0, 3, 5]
    told = [
        (1, "", "held_back"),
        (2, "", "held_back"),
        (4, "price EUR", "format"),
        (4, "weight", "type"),
        (5, "", "held_back"),
        (6, "product", "required"),
    ]
    # The mug has one variant without options: with a colour for the others, it cannot be.
    rehearsed = await run(api, CSV, dry_run=True)
    assert (await faults(api, rehearsed))[-4:] == told[2:]
    assert [rehearsed[name] for name in counted[:5]] == expected[:5]
    assert await export(api, "json") == untouched
    assert [one["slug"] for one in (await api.ok(None, "GET", "/store/north/brands"))] == []
    await api.ok("ada", "DELETE", f"/shops/north/products/{before['id']}", version=1)
    kept = await export(api, "csv")
    done = await run(api, CSV)
    assert [done[name] for name in counted] == ["done", 6, 4, 4, 2, 0, 0, 2, 4]
    assert await faults(api, done) == told[2:]
    mug = (await api.ok(None, "GET", "/store/north/products/mug"))["variants"]
    assert [(one["sku"], one["options"], one["price"], one["compare_at"]) for one in mug] == [
        ("MUG-R", {"Colour": "Red"}, 950, 1200),
        ("MUG-B", {"Colour": "Blue"}, 950, None),
    ]
    assert await api.titles("category=kitchen&sort=price") == ["Bowl", "Mug"]
    # The same file again changes nothing; what goes out comes back unchanged, in either form.
    again = await run(api, CSV)
    assert (again["unchanged"], again["created"], again["changed"]) == (2, 0, 0)
    for format_ in ("csv", "json"):
        back = await run(api, await export(api, format_), format_)
        assert (back["unchanged"], back["changed"], back["faults"]) == (2, 0, 0)
    # A change by hand after the import is not undone.
    bowl = (await api.ok("ada", "GET", "/shops/north/products?sku=BOWL"))["items"][0]
    changed = await run(api, "product,sku,price EUR\nbowl,BOWL,8\nmug,MUG-B,1\n")
    assert (changed["changed"], changed["refused"]) == (2, 0)
    await api.ok("ada", "PATCH", f"/shops/north/products/{bowl['id']}", {"title": "Basin"}, version=2)
    await api.ok("ada", "POST", f"{IMPORTS}/{changed['id']}/undo")
    await drain(api.backend)
    undone = await api.ok("ada", "GET", f"{IMPORTS}/{changed['id']}")
    assert (undone["state"], undone["kept"]) == ("undone", 1)
    trail = await api.ok("ada", "GET", f"/audit/records?subject_id={changed['id']}")
    assert [one["action"] for one in trail["items"]] == ["catalog.import_undo_asked", "catalog.import_asked"]
    assert [one["price"] for one in (await api.found("sort=price"))["items"]] == [800, 950]
    assert (await api("ada", "POST", f"{IMPORTS}/{changed['id']}/undo")).status_code == 409
    await api.ok("ada", "POST", f"{IMPORTS}/{done['id']}/undo")
    await drain(api.backend)
    assert (await api.ok("ada", "GET", f"{IMPORTS}/{done['id']}"))["kept"] == 2
    assert kept.count("\r\n") == 1


async def test_what_cannot_be_read_changes_nothing(api: Api) -> None:
    for content, format_ in (
        ('a,"b', "csv"),
        ("sku,colour\n", "csv"),
        ("{", "json"),
        ("{}", "json"),
        ("[1]", "json"),
    ):
        done = await run(api, content, format_)
        assert done["faults"] == 1, content
        assert done["created"] == 0
    hostile = """[
        {"slug": [1], "title": 5, "variants": 3},
        {"slug": "a", "title": "A\\u0000", "variants": [{"sku": "A"}]},
        {"slug": "b", "title": "B", "variants": [{"sku": "B", "prices": 7}], "media": [1]},
        {"slug": "c", "title": "C", "variants": [{"sku": "C"}], "published_from": "9999-12-31T23:59:59-23:00"},
        {"slug": "d", "title": "D", "variants": [{"sku": "D", "prices": [{"currency": ["X"], "amount": 1}]}]}
    ]"""
    done = await run(api, hostile, "json")
    assert (done["state"], done["refused"], done["created"]) == ("done", 5, 0)
    assert {row for row, _, _ in await faults(api, done)} == {1, 2, 3, 4, 5}
    formula = '[{"title": "=1+1", "slug": "sum", "variants": [{"sku": "-1"}], "description": "\'=x"}]'
    assert (await run(api, formula, "json"))["created"] == 1
    exported = await export(api, "csv")
    assert "'=1+1" in exported
    assert (await run(api, exported))["unchanged"] == 1
    assert (await api("eve", "GET", IMPORTS)).status_code == 404
