"""Carts: what a shopper means to buy, a guest's or an account's, and what it comes to now.

- nobody reads or changes a cart who does not show its token or its account;
- what two requests put in at once is in; what a sign-in brings together loses no line;
- a shopper is told, line by line, what is not as they saw it.

Its limits: an account has one open cart a shop; stock is held, and a price is the cart's, when it is bought.
"""

from backstay.products.commerce.carts import contracts as contracts
from backstay.products.commerce.carts.contracts import AddLine as AddLine
from backstay.products.commerce.carts.contracts import Address as Address
from backstay.products.commerce.carts.contracts import Cart as Cart
from backstay.products.commerce.carts.contracts import CartState as CartState
from backstay.products.commerce.carts.contracts import LineDifference as LineDifference
from backstay.products.commerce.carts.contracts import PricedCart as PricedCart
from backstay.products.commerce.carts.contracts import Proof as Proof
from backstay.products.commerce.carts.errors import CartChanged as CartChanged
from backstay.products.commerce.carts.errors import CartCompleted as CartCompleted
from backstay.products.commerce.carts.errors import CartFull as CartFull
from backstay.products.commerce.carts.errors import CartMerged as CartMerged
from backstay.products.commerce.carts.errors import NoSuchCart as NoSuchCart
from backstay.products.commerce.carts.errors import NotForSale as NotForSale
from backstay.products.commerce.carts.service import acknowledge as acknowledge
from backstay.products.commerce.carts.service import add as add
from backstay.products.commerce.carts.service import add_code as add_code
from backstay.products.commerce.carts.service import cards as cards
from backstay.products.commerce.carts.service import change as change
from backstay.products.commerce.carts.service import complete as complete
from backstay.products.commerce.carts.service import expect as expect
from backstay.products.commerce.carts.service import get as get
from backstay.products.commerce.carts.service import locked as locked
from backstay.products.commerce.carts.service import merge as merge
from backstay.products.commerce.carts.service import open_ as open_
from backstay.products.commerce.carts.service import own as own
from backstay.products.commerce.carts.service import priced as priced
from backstay.products.commerce.carts.service import proof_of as proof_of
from backstay.products.commerce.carts.service import remove_code as remove_code
from backstay.products.commerce.carts.service import set_ as set_
from backstay.products.commerce.carts.service import view as view
