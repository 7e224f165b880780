"""Orders over HTTP: the checkout and their own orders for shoppers, all of them for merchants."""

from backstay.products.commerce.orders.http.merchants import OrderController as OrderController
from backstay.products.commerce.orders.http.merchants import OrdersController as OrdersController
from backstay.products.commerce.orders.http.merchants import ProofController as ProofController
from backstay.products.commerce.orders.http.permissions import CHANGE as CHANGE
from backstay.products.commerce.orders.http.permissions import READ as READ
from backstay.products.commerce.orders.http.permissions import REFUND as REFUND
from backstay.products.commerce.orders.http.shoppers import CheckoutController as CheckoutController
from backstay.products.commerce.orders.http.shoppers import ShopperController as ShopperController
