"""Addresses: checked once, in the form that goes over the wire and in the form that is compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import idna

from backstay.kernel.errors import FieldError, Invalid
from backstay.systems.mail.contracts import Address
from backstay.systems.mail.errors import BadAddress

# A dot-atom (RFC 5322, 3.2.3) in which RFC 6532 lets other scripts stand. Quoted local parts are legal
# and nobody has one; refusing them refuses a whole class of injection.
_LOCAL: Final = re.compile(r"[^\s@()<>\[\]:;,\\\"\x00-\x20\x7f-\x9f]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LOCAL_OCTETS: Final = 64
ADDRESS_OCTETS: Final = 254


def checked(address: Address | str, *, pointer: str = "/to") -> Address:
    """The address with its domain in ASCII (IDNA 2008, UTS 46) and its name on one line.

    Raises:
        BadAddress: it is none, or a part could start a header of its own.
    """
    given = Address(address) if isinstance(address, str) else address
    if problem := _problem(given):
        raise BadAddress(pointer, problem)
    local, _, domain = given.email.rpartition("@")
    return Address(f"{unicodedata.normalize('NFC', local)}@{_ascii(domain)}", given.name.strip())


def _problem(address: Address) -> str | None:
    local, at, domain = address.email.rpartition("@")
    if _CONTROL.search(address.name) or _CONTROL.search(address.email):
        return "must not hold line breaks or other control characters"
    if not at or not _LOCAL.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        return "is no address: it must be written name@domain"
    ascii_domain = _ascii(domain)
    if ascii_domain is None:
        return "its domain is no domain name"
    if len(local.encode()) > LOCAL_OCTETS or len(f"{local}@{ascii_domain}".encode()) > ADDRESS_OCTETS:
        return f"is too long: at most {LOCAL_OCTETS} bytes before the @ and {ADDRESS_OCTETS} in all"
    return None


def _ascii(domain: str) -> str | None:
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return None


def key_of(email: str) -> str:
    """How an address is compared: nobody's mailboxes differ in case alone, so case does not count."""
    local, _, domain = email.rpartition("@")
    return f"{unicodedata.normalize('NFC', local).casefold()}@{domain.lower()}"


def one_line(text: str, *, pointer: str) -> str:
    """The text, which goes into a header.

    Raises:
        Invalid: it holds a line break or another control character (header injection).
    """
    if _CONTROL.search(text):
        message = "must not hold line breaks or other control characters"
        raise Invalid(FieldError(pointer=pointer, code="format", message=message))
    return text
