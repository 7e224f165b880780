"""Wishlists: what an account would like to have of a shop, and what has become of it since.

It promises:

- a list is its account's alone; whoever has its link reads it, and learns nothing else of whose it is;
- what a wish cost when it was made stays known, and what is otherwise now is told when it is read;
- a wish that is put into a cart is in one of both, whatever dies in between.

Its limits: twenty lists an account and shop, two hundred wishes a list; nobody is written to when a price
falls, it is told to whoever looks; guests have none, their carts keep things for later.
"""

from backstay.products.commerce.wishlists.contracts import Wishlist as Wishlist
from backstay.products.commerce.wishlists.contracts import WishlistSummary as WishlistSummary
from backstay.products.commerce.wishlists.contracts import WishlistView as WishlistView
from backstay.products.commerce.wishlists.errors import NoSuchWishlist as NoSuchWishlist
