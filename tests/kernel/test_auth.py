"""The development authenticator."""

import stat
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import UUID

import jwt
import pytest
from click.testing import CliRunner

from backstay.kernel.actor import ActorKind, Shown, shown_by
from backstay.kernel.auth import (
    CrossSiteRequest,
    DevelopmentAuthenticator,
    actor_of,
    clear_cookie,
    cookie_token,
    demo_token,
    development_authenticator,
    organization_of,
    set_cookie,
)
from backstay.kernel.auth_command import token as token_command
from backstay.kernel.clock import ManualClock
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.settings import Principal, Secret, load
from backstay.kernel.signing import Keys

KEYS = Keys(b"k" * 32)
ANN = Principal(
    name="ann", token=Secret("ann-token"), permissions=("notes:read", "notes:write"), organization="acme"
)
BOB = Principal(name="bob")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def authenticator(clock: ManualClock) -> DevelopmentAuthenticator:
    return DevelopmentAuthenticator([ANN, BOB], KEYS, clock, origins=["https://api.example.com"])


def bearer(token: str) -> Shown:
    return shown_by({"authorization": f"Bearer {token}"})


async def refusal(authenticator: DevelopmentAuthenticator, shown: Shown) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await authenticator.authenticate(shown)
    assert caught.value.headers == {"WWW-Authenticate": 'Bearer realm="backstay", error="invalid_token"'}
    assert caught.value.__cause__ is None
    return str(caught.value)


async def test_no_credentials_are_nobody(authenticator: DevelopmentAuthenticator) -> None:
    assert await authenticator.authenticate(shown_by({})) is None
    assert (
        await authenticator.authenticate(shown_by({"cookie": "theme=dark; other_backstay_token=x"})) is None
    )


async def test_a_static_token_proves_its_principal(authenticator: DevelopmentAuthenticator) -> None:
    actor = await authenticator.authenticate(bearer("ann-token"))
    assert actor == actor_of(ANN)
    assert actor.kind is ActorKind.USER
    assert (actor.name, actor.permissions) == ("ann", frozenset({"notes:read", "notes:write"}))


def test_ids_follow_from_names() -> None:
    assert actor_of(ANN).id == actor_of(Principal(name="ann")).id
    assert actor_of(ANN).id != actor_of(BOB).id
    assert organization_of("acme") != organization_of("demo")
    some = UUID("018f0000-0000-7000-8000-000000000000")
    assert organization_of(str(some)) == some


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "ann-token", "Bearerann-token"])
async def test_another_form_of_credentials_is_refused(
    authenticator: DevelopmentAuthenticator, header: str
) -> None:
    assert (
        await refusal(authenticator, shown_by({"authorization": header}))
        == "Send `Authorization: Bearer <token>`"
    )


async def test_the_scheme_is_read_in_any_case(authenticator: DevelopmentAuthenticator) -> None:
    assert await authenticator.authenticate(shown_by({"authorization": "bearer  ann-token"})) == actor_of(ANN)


COOKIE = "theme=dark; backstay_token=ann-token"


@pytest.mark.parametrize(
    "headers",
    [
        {":method": "GET"},
        {":method": "HEAD", "origin": "https://evil.example"},
        {":method": "POST", "origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"},
        {":method": "POST", "origin": "https://api.example.com", "host": "10.0.0.7"},
        {":method": "DELETE", "sec-fetch-site": "same-origin"},
        {":method": "PUT", "x-requested-with": "backstay-console"},
        {":method": "GET", "upgrade": "websocket", "origin": "http://h", "host": "h"},
        {"sec-fetch-site": "same-origin"},
    ],
)
async def test_the_cookie_counts_on_requests_of_our_own(
    authenticator: DevelopmentAuthenticator, headers: dict[str, str]
) -> None:
    assert await authenticator.authenticate(shown_by({"cookie": COOKIE, **headers})) == actor_of(ANN)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {":method": "POST"},
        {":method": "POST", "origin": "https://evil.example", "host": "127.0.0.1:8000"},
        {":method": "POST", "origin": "null", "host": "127.0.0.1:8000"},
        {":method": "POST", "origin": "https://evil.example", "host": "h", "x-requested-with": "x"},
        {":method": "POST", "sec-fetch-site": "same-site"},
        {":method": "GET", "upgrade": "WebSocket", "origin": "https://evil.example", "host": "h"},
        {"origin": "https://evil.example"},
    ],
)
async def test_the_cookie_does_not_count_where_another_site_may_ask(
    authenticator: DevelopmentAuthenticator, headers: dict[str, str]
) -> None:
    with pytest.raises(CrossSiteRequest) as caught:
        await authenticator.authenticate(shown_by({"cookie": COOKIE, **headers}))
    assert (caught.value.status, caught.value.code) == (403, "cross_site_request")


async def test_a_bearer_token_goes_before_the_cookie(authenticator: DevelopmentAuthenticator) -> None:
    actor = await authenticator.authenticate(
        shown_by({"cookie": "backstay_token=x", "authorization": "Bearer ann-token"})
    )
    assert actor == actor_of(ANN)


async def test_a_wrong_cookie_is_refused(authenticator: DevelopmentAuthenticator) -> None:
    assert (
        await refusal(authenticator, shown_by({"cookie": "backstay_token=x", ":method": "GET"}))
        == "The token is not valid"
    )


def test_the_cookie_that_is_set_is_the_one_that_is_read() -> None:
    cookie: SimpleCookie = SimpleCookie(set_cookie("t.o-k_n", secure=True, lifetime=timedelta(hours=1)))
    morsel = cookie["backstay_token"]
    assert cookie_token(f"a=b; {morsel.key}={morsel.coded_value}") == "t.o-k_n"
    assert (morsel["path"], morsel["max-age"], morsel["samesite"]) == ("/", "3600", "Strict")
    assert morsel["httponly"] is True
    assert morsel["secure"] is True
    assert "Secure" not in set_cookie("t", secure=False)
    assert clear_cookie(secure=False) == "backstay_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    assert cookie_token("backstay_token=") is None
    assert cookie_token('backstay_token="quoted"') == "quoted"


async def test_development_without_principals_has_a_demo(tmp_path: Path) -> None:
    settings = load(environ={"BACKSTAY_APP_DATA_DIR": str(tmp_path)})
    authenticator = development_authenticator(settings, KEYS)
    token = demo_token(settings)
    assert token is not None
    actor = await authenticator.authenticate(bearer(token))
    assert actor is not None
    assert (actor.name, actor.permissions) == ("demo", frozenset({"*"}))
    assert stat.S_IMODE((tmp_path / "demo.token").stat().st_mode) == 0o600
    assert demo_token(settings) == token


@pytest.mark.parametrize(
    "environ",
    [
        {"BACKSTAY_APP_ENVIRONMENT": "production", "BACKSTAY_APP_SECRET_KEY": "k" * 32},
        {"BACKSTAY_APP_ENVIRONMENT": "test"},
        {"BACKSTAY_AUTH_PRINCIPALS": '[{"name": "ann"}]'},
    ],
)
def test_elsewhere_there_is_no_demo(tmp_path: Path, environ: dict[str, str]) -> None:
    settings = load(environ={"BACKSTAY_APP_DATA_DIR": str(tmp_path), **environ})
    assert demo_token(settings) is None
    assert "demo" not in development_authenticator(settings, KEYS).principals
    assert list(tmp_path.iterdir()) == []


async def test_the_public_url_is_an_origin_of_ours() -> None:
    environ = {
        "BACKSTAY_HTTP_PUBLIC_URL": "https://api.example.com/base",
        "BACKSTAY_AUTH_PRINCIPALS": '[{"name": "ann", "token": "ann-token"}]',
    }
    authenticator = development_authenticator(load(environ=environ), KEYS)
    headers = {"cookie": COOKIE, ":method": "POST", "origin": "https://api.example.com", "host": "inside:80"}
    actor = await authenticator.authenticate(shown_by(headers))
    assert actor is not None


class TestTokenCommand:
    """`backstay token`."""

    @pytest.fixture(autouse=True)
    def _environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("BACKSTAY_APP_SECRET_KEY", "k" * 32)
        monkeypatch.setenv("BACKSTAY_AUTH_PRINCIPALS", '[{"name": "ann", "permissions": ["notes:read"]}]')

    async def test_it_prints_a_token_that_holds(self) -> None:
        result = CliRunner().invoke(token_command, ["ann", "--ttl", "7d"], obj=lambda: ())
        assert (result.exit_code, result.stderr) == (0, "")
        token = result.stdout.strip()
        actor = await development_authenticator(load(), Keys(b"k" * 32)).authenticate(bearer(token))
        assert actor is not None
        assert (actor.name, actor.permissions) == ("ann", frozenset({"notes:read"}))
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == 7 * 86400

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["anne"], "there is no principal 'anne'; did you mean ann?"),
            (["ann", "--ttl", "soon"], "'soon' is no duration such as 30m or 7d"),
        ],
    )
    def test_it_says_what_is_wrong(self, arguments: list[str], words: str) -> None:
        result = CliRunner().invoke(token_command, arguments, obj=lambda: ())
        assert result.exit_code == 2
        assert words in result.stderr

    def test_it_names_settings_that_are_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BACKSTAY_HTTP_PRT", "1")
        result = CliRunner().invoke(token_command, ["ann"], obj=lambda: ())
        assert result.exit_code == 1
        assert "did you mean BACKSTAY_HTTP_PORT?" in result.stderr

    def test_it_says_when_there_are_no_principals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BACKSTAY_APP_ENVIRONMENT", "test")
        monkeypatch.setenv("BACKSTAY_AUTH_PRINCIPALS", "")
        result = CliRunner().invoke(token_command, ["ann"], obj=lambda: ())
        assert result.exit_code == 2
        assert "add [[auth.principals]] to backstay.toml" in result.stderr
