"""What the storefront does: it keeps each shop's home."""

from backstay.products.commerce.storefront.service.home import Keeper as Keeper
from backstay.products.commerce.storefront.service.home import home as home
from backstay.products.commerce.storefront.service.home import priced_for as priced_for
