from __future__ import annotations

from pathlib import Path

import pytest

from backstay.kernel.settings import SettingsError, load
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail.module import module as mail
from backstay.systems.mail.service.providers import Provider, providers_of

MODULES = [idempotency, jobs, mail]


def _providers(url: str) -> tuple[Provider, ...]:
    return providers_of(load(MODULES, {"MAIL_URL": url}, None))


def test_without_a_url_mails_stay_in_the_console() -> None:
    assert providers_of(load(MODULES, {}, None)) == (Provider(name="console", kind="console"),)
    assert _providers("console:") == (Provider(name="console", kind="console"),)


def test_a_url_says_everything(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    first, second, third = _providers(
        f"smtp://ada:p%40ss%2Cword@mx.example?rate=1000/1h&connections=9&ca={ca}, "
        "smtps://mx2.example:1465,smtp://localhost:25"
    )
    assert first.password is not None
    assert (first.name, first.user, first.password.reveal()) == ("mx.example:587", "ada", "p@ss,word")
    assert (first.tls, first.rate, first.connections, first.ca) == ("starttls", (1000, 3600.0), 9, ca)
    assert (second.name, second.tls, second.rate) == ("mx2.example:1465", "implicit", None)
    assert (third.name, third.tls) == ("localhost:25", "none")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://mx.example", "must begin with console:, smtp:// or smtps://"),
        ("smtp://", "names no host"),
        ("smtp://mx.example:99999", "no URL"),
        ("smtp://ada:pass,word@mx.example", "no URL|names no host|must name both|must begin with"),
        ("smtp://ada@mx.example", "both user and password"),
        ("smtp://ada:word@mx.example?tls=none", "in clear"),
        ("smtp://mx.example?tls=maybe", "wrong tls="),
        ("smtps://mx.example?tls=starttls", "TLS from the first byte"),
        ("smtp://mx.example?tsl=none", "did you mean tls"),
        ("smtp://mx.example?rate=fast", "wrong rate="),
        ("smtp://mx.example?rate=0/1s", "wrong rate="),
        ("smtp://mx.example?rate=5/0s", "wrong rate="),
        ("smtp://mx.example?connections=0", "wrong connections="),
        ("smtp://mx.example?ca=/no/such/file", "no file"),
        ("smtp://mx.example,smtp://mx.example:587", "names mx.example:587 twice"),
        ("console:,smtp://mx.example", "stands alone"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        _providers(url)
    assert str(caught.value).splitlines()[1].startswith("  mail.url (environment MAIL_URL)")
    assert "ada" not in str(caught.value)
