"""Who may see an order: its customer by account, or whoever has its token."""

from __future__ import annotations

import hmac
from typing import Final
from uuid import UUID

from backstay.kernel.actor import ActorKind
from backstay.kernel.database import Reader
from backstay.kernel.signing import Keys, Mac, base64url
from backstay.products.commerce.coupons import Buyer
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.errors import NoSuchOrder
from backstay.products.commerce.orders.queries import lists
from backstay.products.commerce.orders.service import book

_NO_ADDRESS: Final = ""


class Orders:
    """What orders hold in a backend: the key of their tokens, and the answer to who bought before."""

    def __init__(self, keys: Keys) -> None:
        """`keys`: the deployment's."""
        self._mac = Mac(keys.derive("orders.tokens"))

    def token(self, order_id: UUID) -> str:
        """The order's secret. It follows from the id, so whoever completes a cart again gets the same."""
        return base64url(self._mac.of(order_id.bytes))

    def proves(self, token: str, order_id: UUID) -> bool:
        """Whether it is the order's; in constant time."""
        return hmac.compare_digest(self.token(order_id).encode(), token.encode())

    async def count(self, reader: Reader, shop_id: UUID, buyer: Buyer) -> int:
        """Orders of this account or mail address in the shop that were not given up; as `Purchases`."""
        return await reader.one(
            lists.PURCHASES,
            shop_id=shop_id,
            customer_id=buyer.customer_id,
            email_key=buyer.email_key or _NO_ADDRESS,
        )


async def of_customer(reader: Reader, shop_id: UUID, order_id: UUID, token: str | None) -> Order:
    """An order that the asker may see.

    Raises:
        NoSuchOrder: the shop has none with this id, or it is not theirs.
    """
    order = await book.get(reader, shop_id, order_id)
    actor = reader.actor
    by_account = actor.kind is ActorKind.USER and actor.id == order.customer_id
    if not by_account and not (token and reader.part(Orders).proves(token, order_id)):
        raise NoSuchOrder
    return order


def token_of(reader: Reader, order_id: UUID) -> str:
    """What proves an order to whoever holds it: for its customer's eyes alone."""
    return reader.part(Orders).token(order_id)


async def bought(reader: Reader, shop_id: UUID, customer_id: UUID, product_id: UUID) -> bool:
    """Whether an account has had a product sent to it, and kept it: what a verified review needs."""
    found = await reader.one(lists.BOUGHT, shop_id=shop_id, customer_id=customer_id, product_id=product_id)
    return found > 0
