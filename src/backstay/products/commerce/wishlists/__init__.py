"""Wishlists: what an account would like to have of a shop, and what has become of it since.

It promises:

- a list is its account's alone; whoever has its link reads it, and learns nothing else of whose it is;
- what a wish cost when it was made stays known, and what is otherwise now is told when it is read;
- a wish that is put into a cart is in one of both, whatever dies in between.

Its limits: twenty lists an account and shop, two hundred wishes a list; nobody is written to when a price
falls, it is told to whoever looks; guests have none, their carts keep things for later.
"""

from backstay.products.commerce.wishlists import contracts as contracts
from backstay.products.commerce.wishlists.contracts import Wishlist as Wishlist
from backstay.products.commerce.wishlists.contracts import WishlistSummary as WishlistSummary
from backstay.products.commerce.wishlists.contracts import WishlistView as WishlistView
from backstay.products.commerce.wishlists.errors import NoSuchWishlist as NoSuchWishlist
from backstay.products.commerce.wishlists.service import change as change
from backstay.products.commerce.wishlists.service import create as create
from backstay.products.commerce.wishlists.service import default as default
from backstay.products.commerce.wishlists.service import drop as drop
from backstay.products.commerce.wishlists.service import get as get
from backstay.products.commerce.wishlists.service import list_ as list_
from backstay.products.commerce.wishlists.service import move as move
from backstay.products.commerce.wishlists.service import read_shared as read_shared
from backstay.products.commerce.wishlists.service import remove as remove
from backstay.products.commerce.wishlists.service import share as share
from backstay.products.commerce.wishlists.service import unshare as unshare
from backstay.products.commerce.wishlists.service import view as view
from backstay.products.commerce.wishlists.service import wish as wish
from backstay.products.commerce.wishlists.service import wishes as wishes
