"""Single sums that can be followed by hand, among them those that other shops are known to get wrong."""

from __future__ import annotations

import pytest

from backstay.kernel.money import MAX_AMOUNT, Rounding
from backstay.products.commerce.pricing import (
    Basket,
    Discount,
    Fixed,
    Line,
    Percent,
    Policy,
    Prices,
    RoundedPer,
    Shipping,
    Target,
    TaxRate,
    Unpriceable,
    price,
    refund,
)

STANDARD = TaxRate(name="standard", ppm=190_000)
REDUCED = TaxRate(name="reduced", ppm=70_000)
PLAIN = Policy()
INCLUDED = Policy(prices=Prices.INCLUDED)
TEN = Discount(id="TEN", off=Percent(ppm=100_000))


def line(
    unit_price: int, quantity: int = 1, *taxes: TaxRate, name: str = "a", discountable: bool = True
) -> Line:
    return Line(id=name, unit_price=unit_price, quantity=quantity, taxes=taxes, discountable=discountable)


def basket(
    *lines: Line,
    discounts: tuple[Discount, ...] = (),
    shipping: tuple[Shipping, ...] = (),
    policy: Policy = PLAIN,
    currency: str = "EUR",
) -> Basket:
    return Basket(currency=currency, lines=lines, discounts=discounts, shipping=shipping, policy=policy)


def test_an_empty_basket_costs_nothing() -> None:
    totals = price(basket())
    assert (totals.subtotal, totals.discount, totals.net, totals.tax, totals.total) == (0, 0, 0, 0, 0)
    assert (totals.lines, totals.shipments, totals.taxes, totals.steps) == ((), (), (), ())


def test_ten_percent_of_twenty_five_alike_loses_nothing() -> None:
    """Vendure #3091: 25 x 399.00 at 10 % drifted by 0.11, because it was cut to units."""
    totals = price(basket(line(399_00, 25), discounts=(TEN,)))
    assert (totals.subtotal, totals.discount, totals.total) == (9975_00, 997_50, 8977_50)


def test_stored_tax_is_whole_units() -> None:
    """Medusa #14818: 34.116425 was stored while 34.12 was taken."""
    totals = price(basket(line(27_95, 1, TaxRate(name="x", ppm=220_624))))
    assert (totals.tax, totals.total) == (6_17, 34_12)
    assert [step.exact for step in totals.steps] == ["2795", "7708051/12500"]


def test_tax_inside_prices_is_found_after_discounts_and_keeps_the_rates_apart() -> None:
    """Vendure #653, Spree #9231: 119.00 and 107.00, ten percent off each."""
    totals = price(
        basket(
            line(119_00, 1, STANDARD), line(107_00, 1, REDUCED, name="b"), discounts=(TEN,), policy=INCLUDED
        )
    )
    assert [(one.discount, one.net, one.tax, one.total) for one in totals.lines] == [
        (11_90, 90_00, 17_10, 107_10),
        (10_70, 90_00, 6_30, 96_30),
    ]
    assert [(tax.name, tax.net, tax.tax) for tax in totals.taxes] == [
        ("standard", 90_00, 17_10),
        ("reduced", 90_00, 6_30),
    ]
    assert (totals.net, totals.tax, totals.total) == (180_00, 23_40, 203_40)


def test_rounding_per_line_and_per_total_differ_and_both_add_up() -> None:
    """Spree #6137, #10874: three times 0.13 of 19 % is 0.0247 each, 0.0741 together."""
    lines = [line(13, 1, STANDARD, name=name) for name in "abc"]
    per_line = price(basket(*lines))
    per_total = price(basket(*lines, policy=Policy(rounded_per=RoundedPer.TOTAL)))
    assert ([one.tax for one in per_line.lines], per_line.tax) == ([2, 2, 2], 6)
    assert ([one.tax for one in per_total.lines], per_total.tax) == ([3, 2, 2], 7)


def test_halves_go_as_the_shop_says() -> None:
    half = [line(50, 1, TaxRate(name="x", ppm=10_000))]
    assert price(basket(*half)).tax == 1
    assert price(basket(*half, policy=Policy(rounding=Rounding.HALF_EVEN))).tax == 0


def test_a_fixed_discount_is_cut_by_largest_remainder_ties_by_order() -> None:
    totals = price(
        basket(
            *(line(10_00, 1, name=name) for name in "abc"),
            discounts=(Discount(id="X", off=Fixed(amount=1_00)),),
        )
    )
    assert [one.discount for one in totals.lines] == [34, 33, 33]
    assert [one.steps[1].exact for one in totals.lines] == ["-100/3"] * 3


def test_a_fixed_discount_never_takes_more_than_there_is() -> None:
    totals = price(basket(line(3_00), discounts=(Discount(id="X", off=Fixed(amount=5_00)),)))
    assert (totals.discount, totals.total) == (3_00, 0)


def test_discounts_are_taken_in_their_order() -> None:
    five = Discount(id="FIVE", off=Fixed(amount=5_00))
    assert price(basket(line(100_00), discounts=(TEN, five))).total == 85_00
    assert price(basket(line(100_00), discounts=(five, TEN))).total == 85_50


def test_a_discount_for_one_line_leaves_the_others() -> None:
    only = Discount(id="B", off=Percent(ppm=500_000), only=("b",))
    totals = price(basket(line(10_00), line(10_00, name="b"), discounts=(only,)))
    assert [one.total for one in totals.lines] == [10_00, 5_00]


def test_a_gift_card_is_not_discounted() -> None:
    totals = price(basket(line(10_00), line(50_00, name="gift", discountable=False), discounts=(TEN,)))
    assert [one.discount for one in totals.lines] == [1_00, 0]


def test_shipping_is_taxed_as_its_goods_unless_it_says_otherwise() -> None:
    goods = (line(300_00, 1, STANDARD), line(100_00, 1, REDUCED, name="b"))
    as_goods = price(basket(*goods, shipping=(Shipping(id="post", amount=10_00),)))
    (post,) = as_goods.shipments
    assert [(step.id, step.amount, step.exact) for step in post.steps] == [
        ("post", 10_00, "1000"),
        ("standard", 1_43, "285/2"),  # of 7.50
        ("reduced", 18, "35/2"),  # of 2.50
    ]
    own = price(basket(*goods, shipping=(Shipping(id="post", amount=10_00, taxes=(STANDARD,)),)))
    assert own.shipments[0].tax == 1_90
    free = price(basket(*goods, shipping=(Shipping(id="post", amount=10_00, taxes=()),)))
    assert free.shipments[0].tax == 0


def test_free_shipping_takes_its_tax_away_too() -> None:
    free = Discount(id="FREE", off=Percent(ppm=1_000_000), on=Target.SHIPPING)
    totals = price(
        basket(line(10_00, 1, STANDARD), shipping=(Shipping(id="post", amount=5_00),), discounts=(free,))
    )
    assert (totals.shipping, totals.discount, totals.tax, totals.total) == (5_00, 5_00, 1_90, 11_90)


@pytest.mark.parametrize(
    ("discounts", "tax"), [((Discount(id="ALL", off=Percent(ppm=1_000_000)),), 95), ((), 190 + 95)]
)
def test_shipping_of_goods_that_cost_nothing_any_more_is_taxed_as_they_were(
    discounts: tuple[Discount, ...], tax: int
) -> None:
    totals = price(
        basket(line(10_00, 1, STANDARD), shipping=(Shipping(id="post", amount=5_00),), discounts=discounts)
    )
    assert totals.tax == tax


def test_shipping_of_gifts_is_not_taxed() -> None:
    totals = price(basket(line(0, 1, STANDARD), shipping=(Shipping(id="post", amount=5_00),)))
    assert (totals.tax, totals.total) == (0, 5_00)


def test_yen_and_dinars_are_whole_units_like_any_other() -> None:
    assert price(basket(line(333, 1, TaxRate(name="x", ppm=100_000)), currency="JPY")).total == 366
    assert price(basket(line(1_234, 3, TaxRate(name="x", ppm=50_000)), currency="KWD")).total == 3_887


def test_several_taxes_of_one_state_are_rounded_each() -> None:
    rates = (TaxRate(name="state", ppm=62_500), TaxRate(name="city", ppm=26_250))
    totals = price(basket(line(9_99, 1, *rates)))
    assert [(tax.name, tax.net, tax.tax) for tax in totals.taxes] == [("state", 999, 62), ("city", 999, 26)]


def test_taxes_inside_a_price_never_exceed_it() -> None:
    rates = tuple(TaxRate(name=name, ppm=3_000_000) for name in "xyz")
    (one,) = price(basket(line(2, 1, *rates), policy=INCLUDED)).lines
    assert (one.net, one.tax, one.total) == (0, 2, 2)
    assert [step.amount for step in one.steps if step.included] == [1, 1, 0]


class TestRefund:
    def test_units_are_numbered(self) -> None:
        (sold,) = price(
            basket(line(10, 3, STANDARD), discounts=(Discount(id="X", off=Fixed(amount=2)),))
        ).lines
        assert (sold.net, sold.tax) == (28, 5)
        ones = [refund(sold, 1, refunded=gone) for gone in range(3)]
        assert [(one.net, one.tax, one.total) for one in ones] == [(9, 2, 11), (10, 1, 11), (9, 2, 11)]
        assert refund(sold, 3).total == 33
        assert refund(sold, 0).total == 0

    @pytest.mark.parametrize(("quantity", "refunded"), [(4, 0), (1, 3), (-1, 2), (1, -1)])
    def test_more_than_was_sold_is_refused(self, quantity: int, refunded: int) -> None:
        (sold,) = price(basket(line(10, 3))).lines
        with pytest.raises(ValueError, match="of line 'a' cannot be given back"):
            refund(sold, quantity, refunded=refunded)


class TestUnpriceable:
    def test_every_field_at_fault_is_named(self) -> None:
        wrong = Basket(
            currency="XAU",
            lines=(line(1, 1, STANDARD, STANDARD), line(1)),
            discounts=(
                Discount(id="X", off=Fixed(amount=1), only=("post",)),
                Discount(id="X", off=Fixed(amount=1), on=Target.SHIPPING, only=("post", "b")),
            ),
            shipping=(Shipping(id="post", amount=1), Shipping(id="post", amount=1)),
        )
        with pytest.raises(Unpriceable) as raised:
            price(wrong)
        assert [error.pointer for error in raised.value.errors] == [
            "/currency",
            "/lines/1/id",
            "/discounts/1/id",
            "/shipping/1/id",
            "/discounts/0/only/0",
            "/discounts/1/only/1",
            "/lines/0/taxes/1/name",
        ]

    def test_a_total_has_an_end(self) -> None:
        assert price(basket(line(MAX_AMOUNT))).total == MAX_AMOUNT
        with pytest.raises(Unpriceable) as raised:
            price(basket(line(MAX_AMOUNT), line(1, name="b")))
        assert [(error.pointer, error.code) for error in raised.value.errors] == [("/lines", "range")]
        with pytest.raises(Unpriceable):
            price(basket(line(MAX_AMOUNT - 5, 1, STANDARD)))

    def test_discounts_have_an_end(self) -> None:
        many = tuple(Discount(id=f"{index}", off=Fixed(amount=MAX_AMOUNT)) for index in range(2))
        with pytest.raises(Unpriceable) as raised:
            price(basket(line(1), discounts=many))
        assert [error.pointer for error in raised.value.errors] == ["/discounts"]
