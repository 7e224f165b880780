"""The storefront: a shop's home, and the pages on which shoppers find, fill a cart, pay and look again.

It promises:

- what a merchant has committed (a price, a stock, a rating) is on the home of every process within 250 ms,
  and a rollback changes nothing there;
- a whole purchase works with a keyboard, on a narrow screen and without scripts;
- what a merchant or a shopper typed is text on every page, and nothing is fetched from elsewhere;
- no other site can make a browser buy or change anything;
- with an account one sees one's own carts, orders and lists here, and nobody else's.

Its limits: pages speak English; pictures that lie on other servers are not shown, and a drawing takes
their place.
"""

from backstay.products.commerce.storefront.contracts import Home as Home
from backstay.products.commerce.storefront.contracts import HomeCategory as HomeCategory
from backstay.products.commerce.storefront.contracts import Section as Section
from backstay.products.commerce.storefront.contracts import SectionKind as SectionKind
from backstay.products.commerce.storefront.service import home as home
