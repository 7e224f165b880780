"""The sums: prices, discounts in their order, taxes on the rest, and units given back."""

from backstay.products.commerce.pricing.service.price import price, refund

__all__ = ["price", "refund"]
