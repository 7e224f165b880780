"""The signed tokens of the settings' principals: who they prove, until when, and which are refused."""

from datetime import timedelta

import jwt
import pytest

from backstay.kernel.auth import (
    KEY_PURPOSE,
    DevelopmentAuthenticator,
    actor_of,
    development_authenticator,
)
from backstay.kernel.clock import ManualClock
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.settings import load
from backstay.kernel.token import TOKEN_TYPE
from tests.kernel.test_auth import ANN, BOB, KEYS, bearer, refusal


@pytest.fixture
def authenticator(clock: ManualClock) -> DevelopmentAuthenticator:
    return DevelopmentAuthenticator([ANN, BOB], KEYS, clock)


async def test_a_minted_token_proves_its_principal_until_it_expires(
    authenticator: DevelopmentAuthenticator, clock: ManualClock
) -> None:
    token = authenticator.mint(ANN, timedelta(minutes=5))
    assert await authenticator.authenticate(bearer(token)) == actor_of(ANN)
    clock.move(timedelta(minutes=4, seconds=59))
    assert await authenticator.authenticate(bearer(token)) == actor_of(ANN)
    clock.move(timedelta(seconds=1))
    assert await refusal(authenticator, bearer(token)) == "The token has expired"
    assert await refusal(authenticator, bearer(token)) == "The token has expired"


async def test_a_token_of_another_process_is_accepted(clock: ManualClock) -> None:
    token = DevelopmentAuthenticator([ANN], KEYS, clock).mint(ANN)
    other = DevelopmentAuthenticator([], KEYS, clock)
    assert await other.authenticate(bearer(token)) == actor_of(ANN)


async def test_a_verified_token_is_not_verified_again(
    authenticator: DevelopmentAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = authenticator.mint(ANN)
    first = await authenticator.authenticate(bearer(token))
    monkeypatch.setattr(authenticator, "_tokens", None)
    assert await authenticator.authenticate(bearer(token)) is first


async def test_tokens_of_one_hash_prove_whom_each_names(
    authenticator: DevelopmentAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backstay.kernel.auth.hash", lambda _: 7, raising=False)
    ann, bob = bearer(authenticator.mint(ANN)), bearer(authenticator.mint(BOB))
    for _ in range(2):
        assert await authenticator.authenticate(ann) == actor_of(ANN)
        assert await authenticator.authenticate(bob) == actor_of(BOB)
        assert await refusal(authenticator, bearer("neither")) == "The token is not valid"
    assert len(authenticator._verified) == 1


async def test_the_cache_of_verified_tokens_is_bounded(
    authenticator: DevelopmentAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backstay.kernel.auth._CACHED_TOKENS", 3)
    for minutes in range(1, 8):
        await authenticator.authenticate(bearer(authenticator.mint(ANN, timedelta(minutes=minutes))))
        with pytest.raises(Unauthenticated):
            await authenticator.authenticate(bearer(f"garbage-{minutes}"))
    assert 1 <= len(authenticator._verified) <= 3


async def test_a_token_from_the_future_is_refused(
    authenticator: DevelopmentAuthenticator, clock: ManualClock
) -> None:
    clock.move(timedelta(minutes=2))
    token = authenticator.mint(ANN)
    clock.move(timedelta(minutes=-2))
    assert await refusal(authenticator, bearer(token)) == "The token is not valid yet"


async def test_tokens_from_before_the_settings_moment_are_revoked(clock: ManualClock) -> None:
    token = DevelopmentAuthenticator([ANN], KEYS, clock).mint(ANN)
    now = clock.now().replace(microsecond=0)
    still = DevelopmentAuthenticator([ANN], KEYS, clock, not_before=now)
    assert await still.authenticate(bearer(token)) == actor_of(ANN)
    revoked = DevelopmentAuthenticator([ANN], KEYS, clock, not_before=now + timedelta(seconds=1))
    assert await refusal(revoked, bearer(token)) == "The token was revoked"
    assert await revoked.authenticate(bearer("ann-token")) == actor_of(ANN)
    clock.move(timedelta(seconds=1))
    assert await revoked.authenticate(bearer(revoked.mint(ANN))) == actor_of(ANN)


async def test_the_settings_say_whose_tokens_hold_and_from_when(clock: ManualClock) -> None:
    environ = {
        "BACKSTAY_APP_ENVIRONMENT": "test",
        "BACKSTAY_HTTP_PUBLIC_URL": "https://api.example.com",
        "BACKSTAY_AUTH_TOKENS_NOT_BEFORE": "2026-01-01T00:00:01Z",
    }
    here = development_authenticator(load([], environ, None), KEYS, clock)
    elsewhere = DevelopmentAuthenticator([ANN], KEYS, clock)
    assert await refusal(here, bearer(elsewhere.mint(ANN))) == "The token is not valid"
    ours = here.mint(ANN)
    assert jwt.get_unverified_header(ours)["typ"] == "principal+jwt"
    assert await refusal(here, bearer(ours)) == "The token was revoked"
    clock.move(timedelta(seconds=1))
    assert await here.authenticate(bearer(here.mint(ANN))) == actor_of(ANN)


def _signed(
    claims: dict[str, object],
    key: bytes = KEYS.derive(KEY_PURPOSE),
    algorithm: str = "HS256",
    typ: str | None = TOKEN_TYPE,
) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"typ": typ})


WHOLE: dict[str, object] = {
    "aud": "backstay",
    "sub": str(actor_of(ANN).id),
    "org": str(actor_of(ANN).organization_id),
    "name": "ann",
    "perms": ["notes:read"],
    "iat": 1767225600,
    "exp": 1767225700,
}


@pytest.mark.parametrize(
    "token",
    [
        "nobody-has-this",
        "a.b.c",
        "\udcff\udcfe",
        _signed(WHOLE, b"another key of thirty-two bytes.."),
        _signed(WHOLE, b"k" * 64, "HS512"),
        jwt.encode(WHOLE, "", algorithm="none"),
        *(_signed({name: value for name, value in WHOLE.items() if name != left_out}) for left_out in WHOLE),
        _signed(WHOLE, typ="JWT"),
        _signed(WHOLE, typ="at+jwt"),
        _signed(WHOLE, typ=None),
        _signed({**WHOLE, "aud": "another deployment"}),
        _signed({**WHOLE, "aud": ["backstay"]}),
        _signed({**WHOLE, "aud": ["backstay", "another deployment"]}),
        _signed({**WHOLE, "sub": "ann"}),
        _signed({**WHOLE, "perms": "*"}),
        _signed({**WHOLE, "perms": [1]}),
        _signed({**WHOLE, "exp": "never"}),
        _signed(WHOLE)[:-2],
    ],
)
async def test_a_token_that_does_not_hold_is_refused_and_not_repeated(
    authenticator: DevelopmentAuthenticator, token: str
) -> None:
    assert await refusal(authenticator, bearer(token)) == "The token is not valid"
