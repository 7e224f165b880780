"""The one wrapper around signed tokens, judged by Wycheproof's vectors and by attacks on our own tokens."""

from __future__ import annotations

import gzip
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from backstay.systems.identity.service.jws import (
    LONGEST,
    TokenError,
    VerifyingKey,
    claims_of,
    open_jws,
    verifying_key_of,
)
from backstay.systems.identity.service.keyring import jwk_of

VECTORS = json.loads(
    gzip.decompress((Path(__file__).parent / "vectors/json_web_signature_test.json.gz").read_bytes())
)
GROUPS = VECTORS["testGroups"]
CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
STRICTER = {
    346: "a key for PS256 is for PS256 alone (RFC 8725, 3.1); the vector takes it for PS384",
    350: "as 346",
    372: "base64url has no `?` (RFC 7515, 2); the vector lets it pass",
    373: "as 372",
}
"""Vectors that are called valid and that we refuse."""
CONTRADICTIONS = {367: 357, 370: 357}
"""Vectors that are called invalid and are, letter by letter, another that is called valid."""


def open_with(jwk: dict[str, Any], text: str) -> None:
    """Open a vector with its key, its algorithm taken from its kind where it does not say."""
    if jwk.get("alg") == "ES521":  # no such algorithm; a slip of the vectors
        del jwk["alg"]
    unsaid = {"RSA": "RS256", "oct": "HS256"}.get(jwk["kty"]) or CURVES[jwk["crv"]]
    key = verifying_key_of(jwk, algorithm=unsaid)
    open_jws(text, lambda _: key)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: str(group["comment"]))
def test_wycheproof(group: Mapping[str, Any]) -> None:
    for case in group["tests"]:
        text = case["jws"] if isinstance(case["jws"], str) else json.dumps(case["jws"])
        expected = case["result"] == "valid" and case["tcId"] not in STRICTER
        try:
            open_with(dict(group.get("public") or group["private"]), text)
            accepted = True
        except TokenError:
            accepted = False
        if case["tcId"] in CONTRADICTIONS:
            assert accepted
        else:
            assert accepted == expected, (case["tcId"], case["comment"])


def test_the_vectors_contradict_themselves_where_we_say_so() -> None:
    by_id = {case["tcId"]: case for group in GROUPS for case in group["tests"]}
    for wrong, right in CONTRADICTIONS.items():
        assert by_id[wrong]["jws"] == by_id[right]["jws"]
        assert (by_id[wrong]["result"], by_id[right]["result"]) == ("invalid", "valid")


def test_every_vector_is_there() -> None:
    assert sum(len(group["tests"]) for group in GROUPS) == VECTORS["numberOfTests"] == 401


OURS = Ed25519PrivateKey.generate()
KEY = VerifyingKey("EdDSA", OURS.public_key())


def token(header: dict[str, Any], payload: bytes = b'{"sub":"ada"}') -> str:
    """Whatever the header says, signed by our key."""
    head = _base64(json.dumps({"alg": "EdDSA", "typ": "at+jwt", **header}).encode())
    body = _base64(payload)
    return f"{head}.{body}.{_base64(OURS.sign(f'{head}.{body}'.encode()))}"


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_good_token_is_opened() -> None:
    header, payload = open_jws(token({"kid": "k"}), lambda _: KEY)
    assert header == {"alg": "EdDSA", "typ": "at+jwt", "kid": "k"}
    assert claims_of(payload) == {"sub": "ada"}


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"jku": "https://evil.test/jwks"},
        {"jwk": {"kty": "OKP"}},
        {"x5u": "https://evil.test/x5u"},
        {"b64": False},
        {"kid": 7},
        {"typ": ["at+jwt"]},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES256"},
    ],
    ids=str,
)
def test_headers_that_nobody_needs_are_refused_although_the_signature_holds(header: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        open_jws(token(header), lambda _: KEY)


def test_other_spellings_of_a_good_token_are_refused() -> None:
    good = token({})
    head, body, tag = good.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    sloppy = tag[:-1] + last[last.index(tag[-1]) ^ 1]
    assert urlsafe_b64decode(sloppy + "==") == urlsafe_b64decode(tag + "==")
    for other in (
        f"{head}.{body}.{sloppy}",
        f"{head}.{body}.{tag}==",
        f"{good}.",
        f"{good}.{tag}",
        f" {good}",
        f"{good}\n",
        f"{head}.{body}",
        f"{head}..{tag}",
        f".{body}.{tag}",
        "..",
        "",
        json.dumps({"payload": body, "signatures": [{"protected": head, "signature": tag}]}),
        "a" * (LONGEST + 1),
        f"{head}.{_base64(b'x' * LONGEST)}.{tag}",
    ):
        with pytest.raises(TokenError):
            open_jws(other, lambda _: KEY)


def _always(key: VerifyingKey, header: Mapping[str, Any]) -> VerifyingKey:
    del header
    return key


def test_a_public_key_is_never_a_shared_secret() -> None:
    rsa = generate_private_key(public_exponent=65537, key_size=1024)
    for weak in (
        VerifyingKey("HS256", b"short"),
        VerifyingKey("HS512", b"x" * 63),
        VerifyingKey("RS256", rsa.public_key()),
        VerifyingKey("EdDSA", b"-----BEGIN PUBLIC KEY-----"),
    ):
        with pytest.raises(TokenError):
            open_jws(token({"alg": weak.algorithm}), partial(_always, weak))


@pytest.mark.parametrize("payload", [b"", b"[]", b'"x"', b"\xff", b"{", b"1"])
def test_claims_are_an_object(payload: bytes) -> None:
    _, opened = open_jws(token({}, payload), lambda _: KEY)
    with pytest.raises(TokenError):
        claims_of(opened)


def test_the_thumbprint_is_that_of_the_standard() -> None:
    # RFC 8037, appendix A.3.
    raw = urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    public = Ed25519PublicKey.from_public_bytes(raw)
    assert jwk_of(public)["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
