"""What coupons refuse."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed
from backstay.products.commerce.coupons.contracts import Verdict


class NoSuchCoupon(NotFound):
    """The shop has none with this id, or it was deleted."""

    code = "coupon_not_found"
    title = "There is no such coupon"


class NoSuchCode(NotFound):
    """The coupon has no active code with this id."""

    code = "coupon_code_not_found"
    title = "There is no such code"


class NothingClaimed(NotFound):
    """This purchase holds no coupon of the shop."""

    code = "nothing_claimed"
    title = "This purchase has claimed nothing"


class StaleCoupon(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_coupon"
    title = "The coupon was changed since you read it"


class CodeTaken(Conflict):
    """An active code of the shop has these letters, whatever their case."""

    code = "coupon_code_taken"
    title = "Another active code of the shop is the same"


class BelowUse(Conflict):
    """It was used more often than the new limit allows; `used` says how often."""

    code = "coupon_limit_below_use"
    title = "It was used more often already"


class CouponRefused(Conflict):
    """A code cannot be used for this purchase now; `refused` says which, and why."""

    code = "coupon_refused"
    title = "A coupon cannot be used"

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        super().__init__(
            refused=[
                {"code": verdict.code, "name": verdict.name, "reason": verdict.refusal.value}
                for verdict in verdicts
                if verdict.refusal is not None
            ]
        )
        self.verdicts = tuple(verdicts)
