"""What is reckoned while it is reckoned: the lines and shipments of a basket, and the steps that led here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from backstay.products.commerce.pricing.contracts import Basket, Priced, PriceStep, PriceStepKind, TaxRate


@dataclass
class Part:
    """A line or a shipment on its way to a total."""

    id: str
    kind: PriceStepKind
    quantity: int
    subtotal: int
    taxes: Sequence[TaxRate] | None
    discountable: bool = True
    left: int = field(init=False)
    """What discounts have left of it."""
    tax: int = field(init=False, default=0)
    steps: list[PriceStep] = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.subtotal
        self.steps = [PriceStep(kind=self.kind, id=self.id, amount=self.subtotal, exact=str(self.subtotal))]

    def priced(self, *, included: bool) -> Priced:
        """The part as it came out, its tax inside or on top of what is left."""
        net = self.left - self.tax if included else self.left
        return Priced(
            id=self.id,
            quantity=self.quantity,
            subtotal=self.subtotal,
            discount=self.subtotal - self.left,
            net=net,
            tax=self.tax,
            total=net + self.tax,
            steps=tuple(self.steps),
        )


def parts_of(basket: Basket) -> tuple[list[Part], list[Part]]:
    """The lines and the shipments, before anything is taken off."""
    lines = [
        Part(
            id=line.id,
            kind=PriceStepKind.PRICE,
            quantity=line.quantity,
            subtotal=line.unit_price * line.quantity,
            taxes=line.taxes,
            discountable=line.discountable,
        )
        for line in basket.lines
    ]
    shipments = [
        Part(
            id=shipment.id,
            kind=PriceStepKind.SHIPPING,
            quantity=1,
            subtotal=shipment.amount,
            taxes=shipment.taxes,
        )
        for shipment in basket.shipping
    ]
    return lines, shipments


def summed(steps: Iterable[PriceStep]) -> list[PriceStep]:
    """The waterfall of the whole: steps of one kind, name and rate, added up.

    Prices of lines are one step, as are the shipments': their ids are those of the parts.
    """
    found: dict[tuple[PriceStepKind, str, int | None], tuple[int, Fraction, bool]] = {}
    for step in steps:
        whole = step.kind in {PriceStepKind.PRICE, PriceStepKind.SHIPPING}
        key = (step.kind, "" if whole else step.id, step.ppm)
        amount, exact, _ = found.get(key, (0, Fraction(), False))
        found[key] = (amount + step.amount, exact + Fraction(step.exact), step.included)
    return [
        PriceStep(
            kind=kind, id=name or _WHOLE[kind], amount=amount, exact=str(exact), included=included, ppm=ppm
        )
        for (kind, name, ppm), (amount, exact, included) in found.items()
    ]


_WHOLE = {PriceStepKind.PRICE: "lines", PriceStepKind.SHIPPING: "shipping"}
