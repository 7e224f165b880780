"""The Access screen: accounts, members, roles, keys, the audit trail, and why something was denied."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.access.conftest import PASSWORD, SETUP_CODE, at, give, is_in, mail_to, person, role_id
from tests.browser.conftest import Served, Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


async def test_somebody_is_found_banned_and_let_in_again(
    page: Page, server: Served, watched: Watched
) -> None:
    kaja = person(server, "kaja")
    await page.goto("/console/access")
    await page.get_by_label("Address or name").fill("KAJA")
    await expect(page.get_by_role("row")).to_have_count(1 + 1)
    await page.get_by_role("button", name="Kaja").click()
    drawer = page.get_by_role("dialog", name="Account", exact=True)
    await drawer.get_by_role("button", name="Ban").click()
    order = page.get_by_role("dialog", name="Ban Kaja")
    await order.get_by_label("Reason").fill("spam in every harbour")
    await order.get_by_role("combobox", name="For how long").click()
    await page.get_by_role("option", name="A week").click()
    await order.get_by_role("button", name="Ban them").click()
    await expect(drawer).to_contain_text("spam in every harbour")
    refused = server.client.post("/v1/auth/sign-in", json={"mail": "kaja@example.test", "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (403, "banned")
    user = server.call("GET", f"/v1/users/{kaja}")
    assert (user["ban_reason"], user["banned_until"] is None) == ("spam in every harbour", False)
    await drawer.get_by_role("button", name="Lift the ban").click()
    await expect(drawer.get_by_text("Verified", exact=True).first).to_be_visible()
    server.call("POST", "/v1/auth/sign-in", {"mail": "kaja@example.test", "password": PASSWORD})
    watched.forgive("404")  # has no role to be shown


async def test_roles_are_given_and_taken(page: Page, server: Served) -> None:
    lars = person(server, "lars")
    give(server, lars, "User")
    await page.goto(f"/console/access?user={lars}")
    drawer = page.get_by_role("dialog", name="Account", exact=True)
    await drawer.get_by_role("combobox", name="Give a role").click()
    await page.get_by_role("option", name="Moderator").click()
    await expect(drawer.get_by_role("button", name="Take the role Moderator")).to_be_visible()
    await drawer.get_by_role("button", name="Take the role User").click()
    await expect(drawer.get_by_role("button", name="Take the role User")).to_have_count(0)
    standing = server.call("GET", f"/v1/access/users/{lars}")
    assert [role["name"] for role in standing["roles"]] == ["Moderator"]


async def test_somebody_is_invited_and_the_invitation_taken_back(page: Page, server: Served) -> None:
    await page.goto("/console/access/members")
    await page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog", name="Invite somebody")
    await dialog.get_by_label("Mail address").fill("mia@example.test")
    await dialog.get_by_role("combobox", name="Joins as").click()
    await page.get_by_role("option", name="Support").click()
    await dialog.get_by_role("button", name="Send the invitation").click()
    row = page.get_by_role("row", name=re.compile("mia@example.test"))
    await expect(row).to_contain_text("Support")
    assert "/console/invitation#" in mail_to(server, "mia@example.test", "tenancy.invitation")["text"]
    await row.get_by_role("button", name="Take the invitation of mia@example.test back").click()
    await expect(row).to_have_count(0)


async def test_a_role_is_made_of_permissions_and_other_roles(page: Page, server: Served) -> None:
    await page.goto("/console/access/roles")
    await page.get_by_role("button", name="New role").click()
    drawer = page.get_by_role("dialog", name="New role")
    await drawer.get_by_label("Name", exact=True).fill("Harbour master")
    await drawer.get_by_role("combobox", name="Contains").click()
    await page.get_by_role("option", name="User", exact=True).click()
    await page.keyboard.press("Escape")
    # What comes along is shown and cannot be taken out here.
    along = drawer.get_by_role("checkbox", name=re.compile("^notes:read"))
    await expect(along).to_be_checked()
    await expect(along).to_be_disabled()
    await drawer.get_by_role("checkbox", name=re.compile("^audit:read")).check()
    # What reaches beyond one organization is not offered.
    await expect(drawer.get_by_text("identity:operate")).to_have_count(0)
    await drawer.get_by_role("button", name="Make the role").click()
    await expect(page.get_by_role("button", name="Harbour master")).to_be_visible()
    role = server.call("GET", f"/v1/access/roles/{role_id(server, 'Harbour master')}")
    assert (role["permissions"], role["parts"]) == (["audit:read"], [role_id(server, "User")])
    await page.get_by_role("button", name="Harbour master").click()
    opened = page.get_by_role("dialog", name="Role", exact=True)
    await opened.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("button", name="Harbour master")).to_have_count(0)


async def test_the_trail_shows_what_changed_and_that_it_holds(page: Page, server: Served) -> None:
    body = {"name": "Before it was renamed", "permissions": ["notes:read"]}
    role = server.call("POST", "/v1/access/roles", body)
    etag = {"if-match": f'"{role["version"]}"'}
    server.call("PATCH", f"/v1/access/roles/{role['id']}", {"name": "After it"}, **etag)
    await page.goto("/console/access/audit")
    await expect(page.get_by_role("heading", name="The trail is what was recorded")).to_be_visible()
    await page.get_by_label("Action").fill("access.role_changed")
    await expect(page.get_by_role("row")).to_have_count(1 + 1)
    await expect(page.locator("tbody del").first).to_have_text("Before it was renamed")
    await page.get_by_role("button", name="access.role_changed").click()
    drawer = page.get_by_role("dialog", name="Record")
    await expect(drawer.locator("del").first).to_have_text('- name: "Before it was renamed"')
    await expect(drawer.locator("ins").first).to_have_text('+ name: "After it"')
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Sign now").click()
    await expect(page.get_by_text("The trail is signed up to here")).to_be_visible()
    newest = server.call("GET", "/v1/audit/records?limit=1")["items"][0]["seq"]
    assert max(one["seq"] for one in server.call("GET", "/v1/audit/checkpoints")) == newest


async def test_from_a_refused_request_to_its_reason(page: Page, server: Served) -> None:
    nora = person(server, "nora")
    give(server, nora, "User")
    tokens = server.call("POST", "/v1/auth/sign-in", {"mail": "nora@example.test", "password": PASSWORD})
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert server.client.get("/v1/audit/records", headers=bearer).status_code == 403
    await page.goto("/console/traffic?status=4")
    await page.get_by_role("button", name="GET /v1/audit/records", exact=True).first.click()
    await page.get_by_role("link", name="Why was this denied?").click()
    await expect(page).to_have_url(re.compile(rf"/access/why\?user={nora}&permission=audit%3Aread"))
    answer = page.get_by_role("status").filter(has_text="may not audit:read")
    await expect(answer).to_contain_text("Denied: none of their roles (User) gives it")
    give(server, nora, "Admin")
    await page.reload()
    await expect(page.get_by_text("Allowed by the role Admin.")).to_be_visible()


async def test_the_organization_is_renamed_and_set_up(page: Page, server: Served) -> None:
    await page.goto("/console/access/organization")
    await page.get_by_label("Name").fill("Harbour Lamps Ltd")
    await page.get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("heading", name="Harbour Lamps Ltd")).to_be_visible()
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The settings are changed")).to_be_visible()
    assert server.call("GET", "/v1/organization")["name"] == "Harbour Lamps Ltd"
    assert server.call("GET", "/v1/organization/settings")["regional"]["time_zone"] == "Europe/Berlin"


async def test_one_makes_an_organization_and_switches_to_another(stranger: Page, server: Served) -> None:
    give(server, person(server, "petra"), "Owner")
    tokens = server.call("POST", "/v1/auth/sign-in", {"mail": "petra@example.test", "password": PASSWORD})
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    made = server.call("POST", "/v1/organizations", {"name": "Rope walk"}, **bearer)
    await at(stranger, "/console/access/organization", "petra")
    await stranger.get_by_label("Make an organization").fill("Sail loft")
    await stranger.get_by_role("button", name="Make it").click()
    await expect(stranger.get_by_role("heading", name="Sail loft")).to_be_visible()
    await stranger.get_by_role("button", name="Work in Rope walk").click()
    here = stranger.get_by_role("table", name="Your organizations").get_by_role("row", name="Rope walk")
    await expect(here).to_contain_text("You work here")
    answer = await stranger.context.request.get("/v1/account")
    assert (await answer.json())["organization_id"] == made["id"]


async def test_who_may_only_look_is_offered_nothing_to_change(
    stranger: Page, server: Served, watched: Watched
) -> None:
    give(server, person(server, "otto"), "Manager")
    await at(stranger, "/console/access", "otto")
    sections = stranger.get_by_role("navigation", name="Access").get_by_role("link")
    await expect(sections).to_have_text(["Members", "Roles", "Why denied?", "Organization"])
    await stranger.get_by_role("link", name="Roles", exact=True).click()
    await expect(stranger.get_by_role("button", name="Owner")).to_be_visible()
    await expect(stranger.get_by_role("button", name="New role")).to_have_count(0)
    await stranger.get_by_role("button", name="Bookkeeping").click()
    drawer = stranger.get_by_role("dialog", name="Role", exact=True)
    await expect(drawer.get_by_role("checkbox").first).to_be_visible()
    await expect(drawer.get_by_role("button", name="Save the role")).to_have_count(0)
    watched.forgive("404")


async def test_an_operator_acts_in_somebodys_place_and_ends_it(
    stranger: Page, server: Served, watched: Watched
) -> None:
    quinn = person(server, "quinn")
    give(server, quinn, "User")
    order = {"token": SETUP_CODE, "mail": "rosa@example.test", "password": PASSWORD, "name": "Rosa"}
    assert server.client.post("/v1/auth/setup", json=order).status_code == 201
    (rosa,) = server.call("GET", "/v1/users?mail=rosa@example.test")["items"]
    give(server, rosa["id"], "Owner")
    await at(stranger, f"/console/access?user={quinn}", "rosa")
    drawer = stranger.get_by_role("dialog", name="Account", exact=True)
    await drawer.get_by_role("button", name="Act in their place").click()
    asked = stranger.get_by_role("dialog", name="Act in the place of Quinn")
    await asked.get_by_label("Reason").fill("Ticket 4711: the list of notes stays empty")
    await asked.get_by_role("combobox", name="For how long").click()
    await stranger.get_by_role("option", name="5 minutes", exact=True).click()
    await asked.get_by_role("button", name="Act in their place").click()
    banner = stranger.get_by_role("status").filter(has_text="What you do bears both names")
    await expect(banner).to_be_visible()
    await is_in(stranger, "quinn")
    told = mail_to(server, "quinn@example.test", "identity.notice")
    assert "Ticket 4711: the list of notes stays empty" in " ".join(told["text"].split())
    await banner.get_by_role("button", name="End it").click()
    await expect(stranger.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    # Rosa's own session ended when this browser became Quinn's.
    assert (await stranger.context.request.get("/v1/account")).status == 401
    watched.forgive("401")
