"""What gift cards refuse."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class NoSuchGiftCard(NotFound):
    """The shop has none with this id."""

    code = "gift_card_not_found"
    title = "There is no such gift card"


class GiftCardRefused(Conflict):
    """It does not exist, is another shop's, is of another currency, is empty, is over or is not active.

    Nobody is told which, so that trying codes teaches nothing.
    """

    code = "gift_card_refused"
    title = "This gift card cannot be used here"


class StaleGiftCard(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_gift_card"
    title = "The gift card was changed since you read it"


class BalanceOutOfRange(Conflict):
    """A card holds nothing less than 0, and together with what purchases hold no more than at first."""

    code = "gift_card_balance_range"
    title = "The card cannot hold that"
