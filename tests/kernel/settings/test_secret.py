"""Secrets do not show."""

import json

import msgspec
import pytest

from backstay.kernel.settings import Secret, redact, redact_url


def test_printing_shows_stars() -> None:
    secret = Secret("hush")
    assert repr(secret) == "Secret('********')"
    assert f"{secret} {secret!s} {secret!r}".count("hush") == 0
    assert "hush" not in repr({"secret": [secret]})
    assert secret.reveal() == "hush"


def test_encoding_fails_or_shows_stars() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret("hush"))
    with pytest.raises(TypeError):
        msgspec.json.encode(Secret("hush"))
    assert msgspec.json.encode({"a": Secret("hush")}, enc_hook=redact) == b'{"a":"********"}'
    with pytest.raises(NotImplementedError):
        redact(object())


def test_secrets_compare_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:hush@h:1/x", "postgresql://u:********@h:1/x"),
        ("redis://:hu:sh@h", "redis://:********@h"),
        ("postgresql://u:hu@sh@h/x", "postgresql://u:********@h/x"),
        ("postgresql://u@h:5/x", "postgresql://u@h:5/x"),
        ("sqlite:///var/a@b.db", "sqlite:///var/a@b.db"),
        ("just text: a@b", "just text: a@b"),
    ],
)
def test_passwords_in_urls_become_stars(url: str, shown: str) -> None:
    assert redact_url(url) == shown
