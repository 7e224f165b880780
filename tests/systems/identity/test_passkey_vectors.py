"""What judges passkeys, against the values of the standard and against what nobody honest sends."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_attestation_object

from backstay.kernel.module import CompositionError
from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from backstay.systems.identity.service.relying_party import RelyingParty, challenge_in, credential_id_in

_FILE: Final = Path(__file__).parent / "vectors" / "webauthn_level_3.json.gz"
VECTORS: Final[dict[str, Any]] = {one["name"]: one for one in json.loads(gzip.decompress(_FILE.read_bytes()))}
FRAMED: Final = {"none-es256-crossOrigin", "none-es256-topOrigin"}
"""Made in a page of ours that stands in a frame of somebody else's: they hold, and are not wanted."""
NOT_ASKED_FOR: Final = {"packed-es384", "packed-es512", "packed-ed448"}
"""Signed in a way that our options do not offer."""
STATEMENTS: Final = {"tpm-es256", "android-key-es256", "apple-es256", "fido-u2f-es256"}
"""With an attestation of a maker, which our options do not ask for and no browser gives unasked."""
REFUSED: Final = FRAMED | NOT_ASKED_FOR | STATEMENTS
PARTY: Final = RelyingParty("Example", "https://example.org")


def shown(vector: dict[str, Any], ceremony: str) -> tuple[dict[str, Any], bytes]:
    """The credential as a browser gives it to the page, and the challenge."""
    name = bytes_to_base64url(bytes.fromhex(vector["registration"]["credential_id"]))
    fields = {
        field: bytes_to_base64url(bytes.fromhex(value))
        for field, value in vector[ceremony].items()
        if field not in {"challenge", "credential_id"}
    }
    credential = {"id": name, "rawId": name, "type": "public-key", "response": fields}
    return credential, bytes.fromhex(vector[ceremony]["challenge"])


def test_there_are_the_fifteen_of_the_standard() -> None:
    assert len(VECTORS) == 15


@pytest.mark.parametrize("name", VECTORS)
def test_the_values_of_the_standard(name: str) -> None:
    registration, challenge = shown(VECTORS[name], "registration")
    assert challenge_in(registration) == challenge
    made = PARTY.registered(registration, challenge)
    if name in REFUSED:
        assert made is None
        return
    assert made is not None
    assert made.credential_id == credential_id_in(registration)
    flags = int(VECTORS[name]["authentication"]["authenticatorData"][64:66], 16)
    assertion, answered = shown(VECTORS[name], "authentication")
    said = PARTY.asserted(assertion, answered, made.public_key, None)
    assert said is not None
    assert (said.verified, said.backup_eligible, said.backed_up) == (
        bool(flags & 4),
        bool(flags & 8),
        bool(flags & 16),
    )
    assert said.backup_eligible == made.backup_eligible
    # Nothing of it holds for another challenge, another key, another site, or when nobody is named.
    assert PARTY.registered(registration, answered) is None
    assert PARTY.asserted(assertion, challenge, made.public_key, None) is None
    assert PARTY.asserted(assertion, answered, _another_key(name, made.public_key), None) is None
    assert PARTY.asserted(assertion, answered, made.public_key, b"somebody") is None
    for elsewhere in (
        RelyingParty("Example", "https://example.org:8443"),
        RelyingParty("Example", "http://example.org"),
        RelyingParty("Example", "https://www.example.org", "example.org"),
        RelyingParty("Example", "https://example.net"),
    ):
        assert elsewhere.registered(registration, challenge) is None
        assert elsewhere.asserted(assertion, answered, made.public_key, None) is None


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_the_answers_of_attested_passkeys(name: str) -> None:
    registration, _ = shown(VECTORS[name], "registration")
    attestation = parse_attestation_object(base64url_to_bytes(registration["response"]["attestationObject"]))
    attested = attestation.auth_data.attested_credential_data
    assert attested is not None
    assertion, challenge = shown(VECTORS[name], "authentication")
    assert PARTY.asserted(assertion, challenge, attested.credential_public_key, None) is not None


def _another_key(name: str, mine: bytes) -> bytes:
    for other in VECTORS:
        if other not in REFUSED | {name}:
            made = PARTY.registered(*shown(VECTORS[other], "registration"))
            if made is not None and made.public_key != mine:
                return made.public_key
    raise AssertionError


def test_a_subdomain_of_the_settings_shares_the_passkeys_of_its_domain() -> None:
    app = RelyingParty("Example", "https://app.example.org", "example.org", ("https://example.org",))
    assert (app.domain, app.origins) == ("example.org", ["https://app.example.org", "https://example.org"])
    registration, challenge = shown(VECTORS["none-es256"], "registration")
    assert app.registered(registration, challenge) is not None


@pytest.mark.parametrize(
    ("url", "domain", "origin"),
    [
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://[::1]:8000", "localhost", "http://localhost:8000"),
        ("https://app.example.org/api", "app.example.org", "https://app.example.org"),
        ("http://0.0.0.0:8000", "", "http://0.0.0.0:8000"),
        ("https://192.0.2.7", "", "https://192.0.2.7"),
    ],
)
def test_where_passkeys_are_for(url: str, domain: str, origin: str) -> None:
    party = RelyingParty("Example", url)
    assert (party.domain, party.origins) == (domain, [origin])


@pytest.mark.parametrize("domain", ["example.net", "ample.org", "b.app.example.org", ""])
def test_a_domain_that_browsers_would_refuse_stops_the_start(domain: str) -> None:
    with pytest.raises(CompositionError, match="passkey_domain"):
        RelyingParty("Example", "https://app.example.org", domain)


@pytest.mark.parametrize(
    "origin", ["https://app.example.org/", "https://App.example.org", "app.example.org", "https://", "", "*"]
)
def test_an_origin_that_no_browser_names_stops_the_start(origin: str) -> None:
    with pytest.raises(CompositionError, match="passkey_origins"):
        RelyingParty("Example", "https://app.example.org", origins=(origin,))


def test_an_app_is_named_by_the_hash_of_its_key() -> None:
    app = "android:apk-key-hash:7d1043473d55bfa90e8530d35801d4e381bc69f0"
    assert RelyingParty("Example", "https://example.org", origins=(app,)).origins == [
        "https://example.org",
        app,
    ]


_ODD: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=30),
    st.binary(max_size=80).map(bytes_to_base64url),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@pytest.mark.parametrize("ceremony", ["registration", "authentication"])
@given(data=st.data())
def test_whatever_is_sent_is_refused_quietly(ceremony: str, data: st.DataObject) -> None:
    credential, challenge = shown(VECTORS["none-es256"], ceremony)
    target = data.draw(st.sampled_from([credential, credential["response"]]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_ODD)
    challenge_in(credential)
    credential_id_in(credential)
    if ceremony == "registration":
        assert PARTY.registered(credential, challenge) is None
    else:
        assert PARTY.asserted(credential, challenge, b"\xa0", None) is None


@given(data=st.data())
def test_a_changed_byte_is_refused(data: st.DataObject) -> None:
    credential, challenge = shown(VECTORS["none-es256"], "authentication")
    made = PARTY.registered(*shown(VECTORS["none-es256"], "registration"))
    assert made is not None
    field = data.draw(st.sampled_from(["authenticatorData", "clientDataJSON", "signature"]))
    value = bytearray(base64url_to_bytes(credential["response"][field]))
    place = data.draw(st.integers(0, len(value) - 1))
    value[place] ^= data.draw(st.integers(1, 255))
    credential["response"][field] = bytes_to_base64url(bytes(value))
    assert PARTY.asserted(credential, challenge, made.public_key, None) is None


def test_the_authenticator_of_the_checks_is_as_good_as_others() -> None:
    options = {
        "rp": {"id": "example.org"},
        "user": {"id": bytes_to_base64url(b"ada")},
        "challenge": bytes_to_base64url(b"c" * 32),
    }
    soft = SoftAuthenticator("https://example.org", synced=True)
    made = PARTY.registered(soft.create(options), b"c" * 32)
    assert made is not None
    assert (made.verified, made.backup_eligible, made.backed_up, made.transports, made.sign_count) == (
        True,
        True,
        True,
        ["internal"],
        1,
    )
    answer = soft.get({"rpId": "example.org", "challenge": bytes_to_base64url(b"d" * 32)})
    said = PARTY.asserted(answer, b"d" * 32, made.public_key, b"ada")
    assert said is not None
    assert (said.sign_count, said.verified) == (2, True)
