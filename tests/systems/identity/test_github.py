"""Signing in by GitHub, in the forms that its documentation shows."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.systems.identity.conftest import MAIL, OpenSite
from tests.systems.identity.federation import Browser, SoftGitHub, settings_of, told
from tests.systems.identity.test_accounts import rows_of


async def test_github_says_who_it_is_by_its_api(open_site: OpenSite) -> None:
    async with SoftGitHub() as github:
        site = await open_site(**settings_of(github, kind="github", id="github"))
        browser = Browser(site)
        url = await browser.begin("github")
        asked = parse_qs(urlsplit(url).query)
        assert url.startswith(f"{github.url}/login/oauth/authorize?")
        assert asked["scope"] == ["read:user user:email"]
        assert "nonce" not in asked
        answer = await browser.come_back(github.answer(url), "github")
        assert answer.status_code == 303, answer.text
        account = await browser.account()
        assert (account["mail"], account["name"]) == (MAIL, "monalisa octocat")
        (form,) = github.seen
        assert set(form) == {
            "grant_type",
            "code",
            "redirect_uri",
            "code_verifier",
            "client_id",
            "client_secret",
        }
        (row,) = await rows_of(site.database, "identity_links")
        assert row[3:6] == (github.url, "583231", MAIL)
        # The login and the address may change hands; the id does not.
        github.user["login"], github.user["name"], github.mails[1]["verified"] = "other", None, False
        again = Browser(site)
        await again.come_back(github.answer(await again.begin("github")), "github")
        assert (await again.account())["id"] == account["id"]


async def test_github_proves_no_address_that_is_not_primary_and_verified(open_site: OpenSite) -> None:
    async with SoftGitHub() as github:
        site = await open_site(**settings_of(github, kind="github", id="github"))
        github.mails[1]["verified"] = False
        browser = Browser(site)
        answer = await browser.come_back(github.answer(await browser.begin("github")), "github")
        assert answer.status_code == 403
        assert told(answer).startswith("Verify your address at GitHub;")
        wrong = (await browser.begin("github")).partition("state=")[2].partition("&")[0]
        answer = await browser.come_back(f"code=wrong&state={wrong}", "github")
        assert told(answer) == "The provider&#x27;s answer does not hold, so nobody was signed in"
