"""Reading what mail servers write back: delivery reports (RFC 3464) and feedback reports (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from typing import Final

from backstay.systems.mail.contracts import Feedback, FeedbackKind
from backstay.systems.mail.errors import NotAReport
from backstay.systems.mail.service.composing import MARK

RECIPIENTS: Final = 100
"""In one report, at most; more are cut off."""
_TYPED: Final = re.compile(r"^\s*(?:rfc822|utf-8)\s*;\s*(.+?)\s*$", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# Enhanced codes that say "not at present" although the class is 5 (RFC 3463): full mailboxes and such.
_SOFT_FIVES: Final = frozenset({"5.2.2", "5.4.5", "5.3.1", "5.3.4", "5.2.3"})


def feedback_of(raw: bytes) -> list[Feedback]:
    """What a report says, one entry a recipient.

    Raises:
        NotAReport: the message is neither kind.
    """
    message = _parsed(raw)
    parts = list(message.walk())
    kinds = [part.get_content_type() for part in parts]
    if "message/feedback-report" in kinds:
        return list(_complaints(parts))[:RECIPIENTS]
    if "message/delivery-status" in kinds or "message/global-delivery-status" in kinds:
        return list(_bounces(parts))[:RECIPIENTS]
    raise NotAReport


def _parsed(raw: bytes) -> EmailMessage:
    # Late: a parser of every header there is comes with it, for the first report.
    from email import policy

    return message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


def _bounces(parts: list[EmailMessage]) -> Iterator[Feedback]:
    about = _original_id(parts)
    for part in parts:
        if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
            continue
        # The first block is about the report; the others are about one recipient each.
        for block in _blocks(part)[1:]:
            address = _address(block, "Original-Recipient") or _address(block, "Final-Recipient")
            kind = _kind(_text(block, "Action").lower(), _text(block, "Status"))
            if address is not None and kind is not None:
                status = _STATUS.search(_text(block, "Status"))
                yield Feedback(
                    kind=kind,
                    address=address,
                    message_id=about,
                    status=status[0] if status else "",
                    diagnostic=_text(block, "Diagnostic-Code")[:1000],
                )


def _kind(action: str, status: str) -> FeedbackKind | None:
    match = _STATUS.search(status)
    code = match[0] if match else ""
    match action:
        case "failed":
            soft = code.startswith("4") or code in _SOFT_FIVES
            return FeedbackKind.SOFT_BOUNCE if soft else FeedbackKind.HARD_BOUNCE
        case "delayed":
            # The server goes on trying; it counts once it gives up.
            return None
        case "delivered" | "relayed" | "expanded":
            return FeedbackKind.DELIVERED
        case _:
            return None


def _complaints(parts: list[EmailMessage]) -> Iterator[Feedback]:
    about = _original_id(parts)
    for part in parts:
        if part.get_content_type() != "message/feedback-report":
            continue
        for block in _blocks(part) or [part]:
            kind = _text(block, "Feedback-Type").lower()
            address = _address(block, "Original-Rcpt-To") or _original_recipient(parts)
            # `not-spam` says the contrary; the other types are about fraud and viruses, and as urgent.
            if kind and kind != "not-spam" and address is not None:
                yield Feedback(
                    kind=FeedbackKind.COMPLAINT, address=address, message_id=about, diagnostic=kind[:1000]
                )


def _blocks(part: EmailMessage) -> list[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]
    # Python takes only message/delivery-status apart by itself.
    text = part.get_content() if part.get_content_maintype() == "text" else str(payload)
    return [_parsed(block.encode()) for block in re.split(r"\r?\n\s*\r?\n", text) if block.strip()]


def _text(block: Message, name: str) -> str:
    # Python keeps bytes beyond ASCII (RFC 6533 writes addresses in UTF-8) as surrogates.
    text = str(block.get(name, "")).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(_CONTROL.sub(" ", text).split())


def _address(block: Message, name: str) -> str | None:
    text = _text(block, name)
    match = _TYPED.match(text)
    bare = (match[1] if match else text).strip("<>")
    return bare if "@" in bare and len(bare) <= 254 else None


def _original(parts: list[EmailMessage]) -> Iterator[Message]:
    """The headers of the mail that a report is about."""
    for part in parts:
        match part.get_content_type():
            case "message/rfc822" | "message/global":
                payload = part.get_payload()
                if isinstance(payload, list) and isinstance(payload[0], Message):
                    yield payload[0]
            case "text/rfc822-headers" | "message/rfc822-headers" | "message/global-headers":
                content = part.get_payload(decode=True)
                if isinstance(content, bytes):
                    yield _parsed(content)


def _original_id(parts: list[EmailMessage]) -> str | None:
    for original in _original(parts):
        found = _text(original, MARK) or _text(original, "Message-ID")
        if found:
            return found[:300]
    return None


def _original_recipient(parts: list[EmailMessage]) -> str | None:
    for original in _original(parts):
        header = original.get("To")
        addresses = getattr(header, "addresses", ())
        if addresses:
            return str(addresses[0].addr_spec)
    return None
