"""Keys and signatures: the values of the standards, so that what was signed before still holds."""

from __future__ import annotations

import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.signing import Keys, Mac, Signer


@pytest.mark.parametrize(
    ("key", "message", "mac"),
    [
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_macs_are_those_of_rfc_4231(key: bytes, message: bytes, mac: str) -> None:
    assert Mac(key).of(message).hex() == mac


@given(st.binary(max_size=130), st.binary(max_size=300))
def test_a_mac_is_what_python_makes_of_it_however_often_it_is_asked(key: bytes, message: bytes) -> None:
    mac = Mac(key)
    assert [mac.of(message), mac.of(message)] == [hmac.digest(key, message, "sha256")] * 2


@given(st.binary(min_size=32, max_size=100), st.text(max_size=50))
def test_a_purposes_key_is_that_of_rfc_5869(secret: bytes, purpose: str) -> None:
    expected = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)
    assert Keys(secret).derive(purpose) == expected


def test_a_signed_text_opens_and_a_changed_one_does_not() -> None:
    signer = Signer(b"k" * 32)
    text = signer.sign(b"payload")
    assert signer.open(text) == b"payload"
    assert signer.open(text[:-2] + "AA") is None
    assert signer.open("?") is None
