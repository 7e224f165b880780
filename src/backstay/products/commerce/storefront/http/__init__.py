"""The storefront over HTTP: a shop's home for programs, and its pages for people."""

from backstay.products.commerce.storefront.http.account import AccountController as AccountController
from backstay.products.commerce.storefront.http.api import HomeController as HomeController
from backstay.products.commerce.storefront.http.buying import CartController as CartController
from backstay.products.commerce.storefront.http.looking import FilesController as FilesController
from backstay.products.commerce.storefront.http.looking import LookingController as LookingController
from backstay.products.commerce.storefront.http.ordered import OrderController as OrderController
from backstay.products.commerce.storefront.http.paying import CheckoutController as CheckoutController
from backstay.products.commerce.storefront.http.reviewing import ReviewController as ReviewController
from backstay.products.commerce.storefront.http.showing import PAGES as PAGES
from backstay.products.commerce.storefront.http.signing import SigningController as SigningController
from backstay.products.commerce.storefront.http.wishes import WishesController as WishesController
