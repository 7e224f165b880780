"""Coupons: who may have something off what, how often, until when; claimed exactly.

A coupon has terms, codes that lead to it, or none where it is automatic, and claims: one a purchase. It
promises:

- a limit of so many uses, in all or a customer, is that many, however many want it at once;
- the same purchase uses a coupon once, however often it is tried, and gives it back at most once;
- what was claimed stays as it was claimed, whatever becomes of the coupon.

Its limits: a customer is an account or a mail address, and somebody with two of each is two; who ordered
before is told by whoever keeps orders (`Purchases`).
"""

from backstay.products.commerce.coupons.contracts import Applied as Applied
from backstay.products.commerce.coupons.contracts import Buyer as Buyer
from backstay.products.commerce.coupons.contracts import CouponCode as CouponCode
from backstay.products.commerce.coupons.contracts import Goods as Goods
from backstay.products.commerce.coupons.contracts import GoodsLine as GoodsLine
from backstay.products.commerce.coupons.contracts import NewCode as NewCode
from backstay.products.commerce.coupons.contracts import NewCoupon as NewCoupon
from backstay.products.commerce.coupons.contracts import PastOrder as PastOrder
from backstay.products.commerce.coupons.contracts import Purchases as Purchases
from backstay.products.commerce.coupons.contracts import Refusal as Refusal
from backstay.products.commerce.coupons.contracts import Simulation as Simulation
from backstay.products.commerce.coupons.contracts import Sum as Sum
from backstay.products.commerce.coupons.contracts import Verdict as Verdict
from backstay.products.commerce.coupons.errors import CouponRefused as CouponRefused
from backstay.products.commerce.coupons.service import claim as claim
from backstay.products.commerce.coupons.service import create as create
from backstay.products.commerce.coupons.service import judge as judge
from backstay.products.commerce.coupons.service import release as release
from backstay.products.commerce.coupons.service import simulate as simulate
from backstay.products.commerce.coupons.service.coding import add_code as add_code
