"""The development authenticator's signed tokens, against PyJWT as the other reader and writer."""

import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

import jwt
import pytest

from backstay.kernel.token import TOKEN_TYPE, Claims, Tokens

KEY = b"k" * 32
TOKENS = Tokens(KEY)
CLAIMS = Claims(
    aud="backstay",
    sub=UUID("018f0000-0000-7000-8000-000000000001"),
    org=UUID("018f0000-0000-7000-8000-000000000002"),
    name="Änn",
    perms=frozenset({"notes:read", "notes:write"}),
    iat=1767225600,
    exp=1767225700,
)
WHOLE: dict[str, object] = {
    "aud": CLAIMS.aud,
    "sub": str(CLAIMS.sub),
    "org": str(CLAIMS.org),
    "name": CLAIMS.name,
    "perms": ["notes:read", "notes:write"],
    "iat": 1767225600,
    "exp": 1767225700,
}


OURS = b'{"alg":"HS256","typ":"principal+jwt"}'


def signed(claims: object, header: bytes = OURS, key: bytes = KEY) -> str:
    payload = jwt.encode(claims, KEY, algorithm="HS256").split(".")[1].encode()  # type: ignore[arg-type]  # also what is no object
    message = urlsafe_b64encode(header).rstrip(b"=") + b"." + payload
    signature = urlsafe_b64encode(hmac.digest(key, message, "sha256")).rstrip(b"=")
    return (message + b"." + signature).decode()


TOKEN = signed(WHOLE)


def test_what_is_minted_is_read_here_and_by_another_library() -> None:
    token = TOKENS.mint(CLAIMS)
    assert TOKENS.open(token) == CLAIMS
    read = jwt.decode(token, KEY, algorithms=["HS256"], audience="backstay", options={"verify_exp": False})
    assert read == WHOLE
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": TOKEN_TYPE}
    assert token == TOKEN


def test_what_another_library_signed_is_read() -> None:
    assert TOKENS.open(signed(WHOLE, b'{ "typ":"principal+jwt" ,"alg":"HS256"}')) == CLAIMS


def test_a_member_that_nobody_asks_for_is_passed_over() -> None:
    assert TOKENS.open(signed({**WHOLE, "iss": "ann", "iat": 1767225600.0})) == CLAIMS


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed(WHOLE, key=b"another key of thirty-two bytes.."), id="another key"),
        pytest.param(signed(WHOLE, b'{"alg":"none","typ":"principal+jwt"}'), id="none"),
        pytest.param(signed(WHOLE, b'{"alg":"HS512","typ":"principal+jwt"}'), id="another algorithm"),
        pytest.param(signed(WHOLE, b'{"alg":"HS256","typ":"JWT"}'), id="another type"),
        pytest.param(signed(WHOLE, b'{"alg":"HS256"}'), id="no type"),
        pytest.param(signed(WHOLE, b'{"alg":"HS256","typ":"principal+jwt","crit":["exp"]}'), id="crit"),
        pytest.param(signed(WHOLE, b'{"alg":"HS256","typ":"principal+jwt","jwk":{}}'), id="a key of its own"),
        pytest.param(signed(WHOLE, b'{"typ":"principal+jwt"}'), id="no algorithm"),
        pytest.param(signed(WHOLE, b"[]"), id="a header that is no object"),
        pytest.param(signed(WHOLE, b"\xff"), id="a header that is no JSON"),
        pytest.param(signed({**WHOLE, "aud": ["backstay"]}), id="an audience that is a list"),
        pytest.param(signed({**WHOLE, "name": 7}), id="a name that is no text"),
        pytest.param(signed({**WHOLE, "exp": "1767225700"}), id="a time that is no number"),
        pytest.param(signed({**WHOLE, "perms": "*"}), id="permissions that are no list"),
        pytest.param(TOKEN + "=", id="padding"),
        pytest.param(TOKEN[:-1] + chr(ord(TOKEN[-1]) + 1), id="another spelling of the signature"),
        pytest.param(TOKEN.rpartition(".")[0] + ".", id="no signature"),
        pytest.param(TOKEN.replace(".", "..", 1), id="four parts"),
        pytest.param(TOKEN.replace(".", "", 1), id="two parts"),
        pytest.param(signed({**WHOLE, "name": "n" * 9000}), id="too long"),
        pytest.param(TOKEN + "é", id="not ASCII"),
        pytest.param("", id="nothing"),
    ],
)
def test_any_other_is_not(token: str) -> None:
    assert TOKENS.open(token) is None


@pytest.mark.parametrize("left_out", sorted(WHOLE))
def test_every_claim_is_needed(left_out: str) -> None:
    claims = {name: value for name, value in WHOLE.items() if name != left_out}
    assert TOKENS.open(signed(claims)) is None
