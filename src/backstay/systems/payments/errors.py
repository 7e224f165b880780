"""What payments refuse."""

from __future__ import annotations

from backstay.kernel.errors import BackstayError, BadRequest, Conflict, NotFound


class NoSuchPayment(NotFound):
    """There is no such payment in this organization."""

    code = "payment_not_found"
    title = "There is no such payment"


class NotCapturable(Conflict):
    """Only what is authorized can be captured, and once."""

    code = "payment_not_capturable"
    title = "There is nothing to capture"


class CaptureTooLarge(BackstayError):
    """More than was authorized."""

    code = "capture_too_large"
    status = 422
    title = "That is more than was authorized"


class NotCancelable(Conflict):
    """The money was taken already: give it back instead."""

    code = "payment_not_cancelable"
    title = "This payment cannot be canceled any more"


class RefundTooLarge(BackstayError):
    """All refunds, those under way included, would be more than was captured. Nothing is refunded."""

    code = "refund_too_large"
    status = 422
    title = "That is more than can be refunded"


class RefundKeyReused(Conflict):
    """The key belongs to a refund of another amount."""

    code = "refund_key_reused"
    title = "This key was used for another refund"


class NoSuchProvider(NotFound):
    """This deployment does not use the provider."""

    code = "payment_provider_not_found"
    title = "This deployment does not use that provider"


class BadSignature(BadRequest):
    """The event was not signed by the provider, or not within five minutes of now."""

    code = "bad_signature"
    title = "The signature does not hold"


class BadEvent(BadRequest):
    """The event is signed and cannot be read."""

    code = "bad_provider_event"
    title = "The event cannot be read"


class NoSuchEvent(NotFound):
    """There is no such parked event."""

    code = "payment_event_not_found"
    title = "There is no such parked event"


class NoSuchPage(NotFound):
    """The link to the page was changed, or its payment is gone."""

    code = "payment_page_not_found"
    title = "There is no such page"


class ProviderRefused(Conflict):
    """The provider refused for good: trying again will not help. The detail is the provider's."""

    code = "payment_provider_refused"
    title = "The payment provider refused"


class ProviderAway(BackstayError):
    """The provider did not answer, or not with anything that can be used; the job tries again."""

    code = "payment_provider_away"
    status = 503
    title = "The payment provider does not answer"
