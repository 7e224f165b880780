"""What payments promise."""

from backstay.systems.payments.guarantees.money import money_adds_up, refunds_within_captures
from backstay.systems.payments.guarantees.news import news_in_any_order, settled_once

__all__ = ["money_adds_up", "news_in_any_order", "refunds_within_captures", "settled_once"]
