"""Shops: what a merchant sells under, and the door through which shoppers come.

Every shop belongs to an organization, an organization may have many, and a shop's name in addresses
(its slug) is the deployment's. It promises:

- a shopper in a shop acts in that shop's organization with no permission there, whoever they are elsewhere;
- what a shop charges beside its goods, taxes and shipping, is told by one place.

Its limits: tax is by the country of delivery and the class of the goods (no states, no postcodes, no
thresholds of distance selling), and shipping is flat, by country, weight and subtotal.
"""

from backstay.products.commerce.shops.contracts import Charges as Charges
from backstay.products.commerce.shops.contracts import CountryCode as CountryCode
from backstay.products.commerce.shops.contracts import Merge as Merge
from backstay.products.commerce.shops.contracts import NewShop as NewShop
from backstay.products.commerce.shops.contracts import ShippingOption as ShippingOption
from backstay.products.commerce.shops.contracts import Shop as Shop
from backstay.products.commerce.shops.contracts import Slug as Slug
from backstay.products.commerce.shops.errors import NoSuchShop as NoSuchShop
from backstay.products.commerce.shops.service import charges as charges
from backstay.products.commerce.shops.service import create as create
from backstay.products.commerce.shops.service import enter as enter
from backstay.products.commerce.shops.service import get as get
from backstay.products.commerce.shops.service import methods as methods
from backstay.products.commerce.shops.service import own as own
from backstay.products.commerce.shops.service import shipping as shipping
