"""What a basket costs: a pure library, the same on a server, in a shop window and at a till.

A basket goes in, totals come out, every one with the waterfall of steps that led to it. It promises:

- the header of an order is the sum of its lines and shipments, whatever is discounted, taxed and rounded;
- a discount's shares add up to the discount, and no line goes below nothing;
- the units of a line, given back in any portions, are worth the line to the cent.

Its limits: taxes are shares of the price (no tax on a tax, no fixed duty per piece), and whether a
coupon may be claimed, or which rates apply where, is for those who make the basket.
`vectors.json` holds baskets with their totals, for whoever writes the same in another language.
"""

from backstay.products.commerce.pricing.contracts import Basket as Basket
from backstay.products.commerce.pricing.contracts import Discount as Discount
from backstay.products.commerce.pricing.contracts import Fixed as Fixed
from backstay.products.commerce.pricing.contracts import Line as Line
from backstay.products.commerce.pricing.contracts import Percent as Percent
from backstay.products.commerce.pricing.contracts import Policy as Policy
from backstay.products.commerce.pricing.contracts import Priced as Priced
from backstay.products.commerce.pricing.contracts import Prices as Prices
from backstay.products.commerce.pricing.contracts import PriceStep as PriceStep
from backstay.products.commerce.pricing.contracts import PriceStepKind as PriceStepKind
from backstay.products.commerce.pricing.contracts import Refund as Refund
from backstay.products.commerce.pricing.contracts import RoundedPer as RoundedPer
from backstay.products.commerce.pricing.contracts import Shipping as Shipping
from backstay.products.commerce.pricing.contracts import Target as Target
from backstay.products.commerce.pricing.contracts import TaxRate as TaxRate
from backstay.products.commerce.pricing.contracts import TaxTotal as TaxTotal
from backstay.products.commerce.pricing.contracts import Totals as Totals
from backstay.products.commerce.pricing.errors import Unpriceable as Unpriceable
from backstay.products.commerce.pricing.service import price as price
from backstay.products.commerce.pricing.service import refund as refund
