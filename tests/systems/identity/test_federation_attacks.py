"""What comes back from a provider and is not the truth: nobody is signed in by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from backstay.systems.identity.guarantees.soft_provider import CLIENT, SoftProvider
from backstay.systems.identity.service import outgoing
from backstay.systems.identity.service.keyring import jwk_of
from backstay.systems.identity.service.openid import OpenIdProvider
from tests.systems.identity.conftest import OpenSite
from tests.systems.identity.federation import ADA, OVER, Browser, one_provider, settings_of, told
from tests.systems.identity.test_accounts import rows_of

BAD = "The provider&#x27;s answer does not hold, so nobody was signed in"
SILENT = "The provider does not answer; try again, or sign in another way"

CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://accounts.example.test"},
    "no issuer": {"iss": None},
    "several issuers": {"iss": ["https://accounts.example.test"]},
    "another audience": {"aud": "another-client"},
    "no audience": {"aud": None},
    "audiences without ours": {"aud": ["another-client"]},
    "several audiences, party not told": {"aud": [CLIENT, "another-client"]},
    "another party": {"azp": "another-client"},
    "several audiences, another party": {"aud": [CLIENT, "another-client"], "azp": "another-client"},
    "another nonce": {"nonce": "of another visit"},
    "no nonce": {"nonce": None},
    "expired": {"exp": 1},
    "no expiry": {"exp": None},
    "an expiry that is no number": {"exp": "9999999999"},
    "an expiry that is true": {"exp": True},
    "made in the future": {"iat": 4102444800},
    "made long ago": {"iat": 1},
    "not yet": {"nbf": 4102444800},
    "nobody": {"sub": None},
    "a subject that is a number": {"sub": 1},
    "an empty subject": {"sub": ""},
    "a subject that is no text of theirs": {"sub": "ada\x00"},
    "a subject of other letters": {"sub": "ad\u00e1"},
    "a subject too long": {"sub": "x" * 256},
    "a sign-in at no time": {"auth_time": "now"},
    "a sign-in at a time that is none": {"auth_time": 1e300},
}


async def test_claims_that_do_not_hold_sign_nobody_in(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        for name, claims in CLAIMS.items():
            answer = await browser.sign_in(provider, {**ADA, **claims})
            assert (answer.status_code, told(answer)) == (403, BAD), name
            assert browser.cookies == {}, name
        assert await rows_of(site.database, "identity_users") == []
        assert await rows_of(site.database, "identity_sessions") == []
        # What would hold, holds.
        fine = {**ADA, "aud": [CLIENT, "another-client"], "azp": CLIENT}
        assert (await browser.sign_in(provider, fine)).status_code == 303


async def test_signatures_that_do_not_hold_sign_nobody_in(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        stranger = Ed25519PrivateKey.generate()
        browser = Browser(site)

        def unsigned() -> None:
            provider.algorithm, provider.signer = "none", None

        def by_a_stranger() -> None:
            provider.signer = stranger

        def under_a_key_it_brings() -> None:
            provider.signer = stranger
            provider.header = {"jwk": jwk_of(stranger.public_key())}

        def under_a_key_that_it_points_to() -> None:
            provider.signer = stranger
            provider.header = {"jku": f"{provider.url}/jwks", "kid": "theirs"}

        def with_the_client_secret() -> None:
            provider.algorithm, provider.signer = "HS256", "what only the two of them know, or so"

        def of_another_kind() -> None:
            provider.header = {**provider.header, "typ": "logout+jwt"}

        def under_a_name_that_two_keys_have() -> None:
            provider.jwks = [*provider.jwks, {**jwk_of(stranger.public_key()), **provider.header}]

        def under_a_key_for_encryption() -> None:
            provider.jwks = [{**provider.jwks[0], "use": "enc"}]

        def under_an_unnamed_one_of_two() -> None:
            provider.jwks = [*provider.jwks, jwk_of(stranger.public_key())]
            provider.header = {}

        attacks: list[Callable[[], None]] = [
            unsigned,
            by_a_stranger,
            under_a_key_it_brings,
            under_a_key_that_it_points_to,
            with_the_client_secret,
            of_another_kind,
            under_a_name_that_two_keys_have,
            under_a_key_for_encryption,
            under_an_unnamed_one_of_two,
        ]
        header, jwks = provider.header, provider.jwks
        for attack in attacks:
            provider.header, provider.jwks = header, jwks
            provider.algorithm, provider.signer = "EdDSA", provider.key
            attack()
            site.clock.move(timedelta(hours=1))  # so that the keys are looked for again
            answer = await browser.sign_in(provider, ADA)
            assert (answer.status_code, told(answer)) == (403, BAD), attack.__name__
        assert await rows_of(site.database, "identity_sessions") == []


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_other_algorithms_and_a_new_key_under_which_tokens_hold(
    algorithm: str, open_site: OpenSite
) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        assert provider.asked["/jwks"] == 1
        made: Any
        if algorithm == "RS256":
            made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            jwk = RSAAlgorithm.to_jwk(made.public_key(), as_dict=True)
            del jwk["key_ops"]
        else:
            made = ec.generate_private_key(ec.SECP256R1())
            jwk = ECAlgorithm.to_jwk(made.public_key(), as_dict=True)
        secret = {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "shared"}
        provider.jwks = [{**jwk, "kid": "next"}, secret]
        provider.header, provider.signer, provider.algorithm = {"kid": "next", "x5t": "y"}, made, algorithm
        # At most once a minute: the keys were read a moment ago.
        assert (await browser.sign_in(provider, ADA)).status_code == 403
        assert provider.asked["/jwks"] == 1
        site.clock.move(timedelta(minutes=1))
        assert (await browser.sign_in(provider, ADA)).status_code == 303
        assert provider.asked["/jwks"] == 2
        provider.header = {"kid": "forged"}
        for _ in range(3):
            assert (await browser.sign_in(provider, ADA)).status_code == 403
        assert provider.asked["/jwks"] == 2
        assert provider.asked["/.well-known/openid-configuration"] == 1


async def test_providers_cannot_be_mixed_up(open_site: OpenSite) -> None:
    """One provider gets another's code by letting it be taken for its own (RFC 9700, 4.4)."""
    async with SoftProvider() as honest, SoftProvider() as evil:
        site = await open_site(**settings_of(honest, evil))
        for provider in (honest, evil):
            provider._clock = lambda: site.clock.now().timestamp()
        browser = Browser(site)
        # The browser was sent to the evil one, which sends it on to the honest one.
        query = honest.consent(await browser.begin("p1"), ADA)
        assert told(await browser.come_back(query, "p1")) == BAD
        # The code comes back to the honest one's address, where no visit waits for it.
        query = honest.consent(await browser.begin("p1"), ADA)
        assert told(await browser.come_back(query, "p0")) == OVER
        assert honest.asked["/token"] == evil.asked["/token"] == 0
        # Without saying who it is from, though its discovery promised to, or saying it twice.
        for change in ("", f"&iss={honest.url}&iss={honest.url}", f"&iss={honest.url}/"):
            query = honest.consent(await browser.begin("p0"), ADA).partition("&iss=")[0] + change
            assert told(await browser.come_back(query, "p0")) == BAD
        # The evil one vouches for a subject of the honest one: it is another person.
        assert (await browser.sign_in_at(honest, "p0", ADA)).status_code == 303
        victim = (await browser.account())["id"]
        thief = Browser(site)
        claims = {"sub": ADA["sub"], "email": "eve@example.test", "email_verified": True}
        assert (await thief.sign_in_at(evil, "p1", claims)).status_code == 303
        assert (await thief.account())["id"] != victim


async def test_discovery_that_does_not_hold_is_not_gone_by(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        for metadata in (
            {"issuer": "https://accounts.example.test"},
            {"issuer": f"{provider.url}/"},
            {"token_endpoint": "file:///etc/passwd"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"jwks_uri": "https:///nowhere"},
            {"userinfo_endpoint": "ftp://example.test/"},
            {"token_endpoint": None},
        ):
            provider.metadata = metadata
            answer = await browser.call("POST", "/v1/auth/providers/house/begin", {})
            assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable"), metadata
            site.clock.move(timedelta(seconds=5))
        asked = provider.asked["/.well-known/openid-configuration"]
        assert asked == 7
        provider.metadata = {"issuer": "https://accounts.example.test"}
        for _ in range(3):  # a moment after one that failed, it is not asked again
            await browser.call("POST", "/v1/auth/providers/house/begin", {})
        assert provider.asked["/.well-known/openid-configuration"] == asked + 1


async def test_slow_huge_and_strange_answers_end_soon(
    open_site: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        token = {"access_token": "x", "token_type": "Bearer"}
        for said, page in (
            ((200, b"x" * (outgoing.LARGEST + 1)), SILENT),
            ((500, b"{}"), SILENT),
            ((200, b"no json"), BAD),
            ((200, token), BAD),
            ((200, {**token, "id_token": "x" * 9000}), BAD),
            ((200, {**token, "id_token": "a.b.c"}), BAD),
            ((302, b""), BAD),
            ((400, {"error": "invalid_grant"}), BAD),
            ((401, b"\xff"), BAD),
        ):
            provider.answers = {"/token": said}
            assert told(await browser.sign_in(provider, ADA)) == page, said
        assert provider.asked["/token"] == 9  # a redirect is not followed
        for jwks in ((200, {"keys": [1, {}, {"kty": []}, {"kty": "RSA", "n": 1}]}), (200, {"keys": "x"})):
            provider.answers = {"/jwks": jwks}
            site.clock.move(timedelta(hours=1))
            assert told(await browser.sign_in(provider, ADA)) == BAD
        provider.answers = {}
        house = site.identity.providers._providers["house"]
        assert isinstance(house, OpenIdProvider)
        monkeypatch.setattr(house._client._outgoing, "_seconds", 0.05)
        provider.delay = 10.0
        url = await browser.begin()
        assert told(await browser.come_back(provider.consent(url, ADA))) == SILENT
        assert await rows_of(site.database, "identity_sessions") == []
