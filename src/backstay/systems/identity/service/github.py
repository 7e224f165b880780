"""GitHub: OAuth 2.0 without ID tokens, so who it is its API says, over TLS.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps. A GitHub Enterprise
Server is the same at its own address, its API under `/api/v3`.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from backstay.systems.identity.service.outgoing import Outgoing
from backstay.systems.identity.service.vouching import Client, Question, Vouched
from backstay.systems.identity.settings import ProviderSettings

SCOPES: Final = ("read:user", "user:email")
_PUBLIC: Final = "https://github.com"
_HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class AccessToken(Struct, frozen=True):
    """What a code is redeemed for; an error has none, though its status is 200."""

    access_token: str


class GitHubUser(Struct, frozen=True):
    """Who holds the token. The id stays when the login is changed, or is taken by somebody else."""

    id: int
    login: str
    name: str | None = None


class GitHubMail(Struct, frozen=True):
    """One of their addresses."""

    email: str
    primary: bool
    verified: bool


class GitHubProvider:
    """GitHub, or a server of one's own that is one; a `Provider`."""

    def __init__(self, settings: ProviderSettings, outgoing: Outgoing) -> None:
        self.settings = settings
        self._client = Client(settings, outgoing)
        self._site = settings.address.rstrip("/")
        self._api = "https://api.github.com" if self._site == _PUBLIC else f"{self._site}/api/v3"

    async def address(self, question: Question) -> str:
        """As `Provider` says. GitHub asks for nothing once more: it can only let one choose the account."""
        more = {"prompt": "select_account"} if question.again else {}
        return self._client.authorization(f"{self._site}/login/oauth/authorize", question, SCOPES, **more)

    async def vouched(self, question: Question, code: str, issuer: str | None) -> Vouched:
        """As `Provider` says. It need not say who its answer is from: the redirect URI is GitHub's alone."""
        del issuer
        token = await self._client.redeem(
            f"{self._site}/login/oauth/access_token", question, code, AccessToken, by_header=False
        )
        headers = {**_HEADERS, "Authorization": f"Bearer {token.access_token}"}
        user = await self._client.ask("GET", f"{self._api}/user", GitHubUser, headers)
        mails = await self._client.ask("GET", f"{self._api}/user/emails", list[GitHubMail], headers)
        proven = [one.email for one in mails if one.primary and one.verified]
        return Vouched(
            issuer=self.settings.address,
            subject=str(user.id),
            mail=proven[0] if proven else "",
            name=user.name or user.login,
        )
