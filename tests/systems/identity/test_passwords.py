"""What a password may be, and how it is kept."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from backstay.kernel.settings import load
from backstay.kernel.signing import Keys
from backstay.systems.identity.errors import WeakPassword
from backstay.systems.identity.service.hashing import Passwords
from backstay.systems.identity.service.password_rules import is_listed, judge
from tests.systems.identity.conftest import MODULES

CONTEXT = ["ada.lovelace@analytical.example", "Ada Lovelace", "backstay"]
SHORT = "must have at least 15 characters"
KNOWN = "is made of passwords that everybody tries first"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("fourteen chars", SHORT),
        ("x" * 15, "has too few different characters"),
        ("abcdeabcdeabcdeabcde", "repeats itself"),
        ("qwertyuiopasdfghjkl", "is mostly a row of keys or of the alphabet"),
        ("1234567890987654321", "is mostly a row of keys or of the alphabet"),
        ("lovelace-analytical-2026", "is mostly your name, your address or ours"),
        ("l0vel4ce.4nalytica1!", "is mostly your name, your address or ours"),
        ("backstay-ada-ada", "is mostly your name, your address or ours"),
        ("Password12345678!!", KNOWN),
        ("!!!P4ssw0rd!!!2024!!!", KNOWN),
        ("dragonmonkey1234567", KNOWN),
        ("iloveyouprincess!", KNOWN),
        ("Superman2000batman", KNOWN),
    ],
)
def test_weak_ones_are_refused_and_told_why(password: str, why: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        judge(password, minimum=15, context=CONTEXT)
    assert refused.value.detail == why


@pytest.mark.parametrize(
    "password",
    [
        "seven green tugboats at dawn",
        "an owl reads maps by moonlight",
        "korrekt Pferd Batterie Heftklammer",
        "мой дядя самых честных правил",
        "x7#kQ!v9Lm2$pRz",
        "a" + "🦉" * 3 + " forest of birches",
        "long " + "and longer " * 20,
    ],
)
def test_good_ones_pass(password: str) -> None:
    judge(password, minimum=15, context=CONTEXT)


BREACHED = """
    Mailcreated5240 momsanaladventure hjpjxrf23062007 perasperaadastra 30secondstomars neversaymypassword
    worldofwarcraft stairwaytoheaven qazxswedcvfrtgb youngandrestless qawsedrftgyhujik professionaltools
    incrediblereview parliament12345 lytdybrbdfvgbhf Gbplfnsqgfhjkm1 277rte87hryloitru spectrumsonline
"""
"""Of the commonest 3,000 of 15 characters and more (see tools/build_common_passwords.py, which judges all)."""


PWNED = """
    soloveibormalei prosto_chelkynchik victoria-berkat-energo Doomsayer.2.7mords.V d41d8cd98f00b204e980
"""
"""Of the 100,000 commonest of Have I Been Pwned."""


@pytest.mark.parametrize("password", [*BREACHED.split(), *PWNED.split()])
def test_the_commonest_that_are_long_enough_are_refused(password: str) -> None:
    for spelling in (password, password.upper(), f"{password}!", f"2026{password}"):
        with pytest.raises(WeakPassword) as refused:
            judge(spelling, minimum=15, context=())
        assert refused.value.detail == KNOWN, spelling


def test_the_list_holds_what_was_breached_and_little_else() -> None:
    known = ["password", "123456", "qwerty", "iloveyou", "trustno1", "letmein", "monkey"]
    assert [is_listed(word) for word in known] == [True] * len(known)
    assert sum(is_listed(f"not a password {n}") for n in range(20_000)) == 0
    size = (Path(__file__).parents[3] / "src/backstay/systems/identity/static/common-passwords.bin").stat()
    assert size.st_size % 5 == 0
    assert 600_000 < size.st_size < 650_000


def _passwords(**environ: str) -> Passwords:
    chosen = {"BACKSTAY_IDENTITY_HASH_MEMORY": "8", "BACKSTAY_IDENTITY_HASH_PASSES": "1", **environ}
    settings = load(MODULES, {"BACKSTAY_APP_ENVIRONMENT": "test", **chosen}, None)
    return Passwords(settings, Keys(b"a secret of thirty-two bytes, or so"))


async def test_a_hash_is_of_one_person_and_one_password() -> None:
    passwords, ada, eve = _passwords(), uuid4(), uuid4()
    sealed = await passwords.hash(ada, "\uff30assword \ufb01ne")
    assert await passwords.check(ada, "Password fine", sealed)  # the same after NFKC
    assert not await passwords.check(ada, "password fine", sealed)
    with pytest.raises(LookupError):
        await passwords.check(eve, "Password fine", sealed)
    assert b"argon2" not in sealed
    assert not await passwords.check(ada, "anything", None)


async def test_peppers_rotate_and_costs_rise() -> None:
    old = _passwords(BACKSTAY_IDENTITY_PEPPERS="the first pepper, long enough")
    both = _passwords(
        BACKSTAY_IDENTITY_PEPPERS="the second pepper, long enough,the first pepper, long enough"
    )
    ada = uuid4()
    sealed = await old.hash(ada, "a password")
    assert not old.is_dated(ada, sealed)
    costlier = _passwords(
        BACKSTAY_IDENTITY_PEPPERS="the first pepper, long enough", BACKSTAY_IDENTITY_HASH_PASSES="2"
    )
    assert costlier.is_dated(ada, sealed)
    assert await costlier.check(ada, "a password", sealed)
    assert await both.check(ada, "a password", sealed)
    assert both.is_dated(ada, sealed)
    with pytest.raises(LookupError):
        await _passwords().check(ada, "a password", sealed)
