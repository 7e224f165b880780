"""What must not be read."""

import pytest

from backstay.kernel.settings import REDACTED, Secret
from backstay.kernel.telemetry import looks_secret, redacted, scrubbed
from backstay.kernel.telemetry.redaction import carries_secret


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "newPassword",
        "PASSWORD",
        "X-Auth-Token",
        "apiKey",
        "api_key",
        "api-key",
        "Authorization",
        "Set-Cookie",
        "sessionId",
        "client_secret",
        "otp",
        "refreshTokens",
        "SENTRY_DSN",
        "private_key",
    ],
)  # fmt: skip - a list of words
def test_names_of_secrets_are_known(key: str) -> None:
    assert looks_secret(key)


@pytest.mark.parametrize(
    "key",
    ["name", "author", "tokenizer", "keyboard", "key", "passenger", "secretary", "spin", "monkey", "id"],
)
def test_other_names_are_left_alone(key: str) -> None:
    assert not looks_secret(key)


def test_secrets_are_taken_out_at_every_depth() -> None:
    assert redacted(
        {
            "user": "ada",
            "password": "hush",
            "nested": [{"token": {"a": "hush"}, "n": 1}, ("x", Secret("hush"))],
            "url": "redis://:hush@h/0",
            3: "three",
        }
    ) == {
        "user": "ada",
        "password": "********",
        "nested": [{"token": "********", "n": 1}, ["x", "********"]],
        "url": "redis://:********@h/0",
        3: "three",
    }


def test_what_is_too_deep_is_left_out() -> None:
    deep: list[object] = ["hush"]
    for _ in range(10):
        deep = [deep]
    assert "hush" not in repr(redacted(deep))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("no user ann.b+c@mail.example.com here", "no user [email] here"),
        ("Authorization: Bearer abc.def-123 refused", "Authorization: Bearer [credentials] refused"),
        ("token eyJhbGciOi.eyJzdWI.sig- bad", "token [token] bad"),
        (
            "DETAIL:  Key (email, org)=(ann@x.org, 7) already exists.",
            "DETAIL:  Key (email, org)=([value]) already exists.",
        ),
        ("postgresql://ann:hush@db/x is down", "postgresql://ann:********@db/x is down"),
        ("division by zero", "division by zero"),
        ("to +a.b-c@d.example,e@f.example", "to [email],[email]"),
        ("a@b@c.example", "a@[email]"),
        ("9http://u:p@h and ://u:p@h", f"9http://u:{REDACTED}@h and ://u:{REDACTED}@h"),
        # Read once, and not once from each of its letters.
        pytest.param("x" * 300_000, "x" * 300_000, id="one long word"),
    ],
)
def test_what_others_wrote_is_scrubbed(text: str, clean: str) -> None:
    assert scrubbed(text) == clean


@pytest.mark.parametrize(
    ("route", "carries"),
    [
        ("/v1/shared/{token:str}", True),
        ("/v1/notes/{note_id:uuid}", False),
        ("/v1/tokens/{id:uuid}", False),
        ("/a/{secret}/b", True),
    ],
)
def test_routes_that_carry_secrets_are_known(route: str, carries: bool) -> None:
    assert carries_secret(route) is carries
