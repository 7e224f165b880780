"""Which mail an event asks for, and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from backstay.kernel.database import UnitOfWork
from backstay.kernel.money import written
from backstay.products.commerce import orders, shops
from backstay.products.commerce.notices.contracts import (
    CanceledMail,
    Goods,
    OrderMail,
    PaidMail,
    RefundedMail,
    SentMail,
)
from backstay.products.commerce.orders import Fulfilment, Order, events
from backstay.systems.mail import Mailer, MailReceipt, send

Told = events.OrderPaid | events.OrderFulfilled | events.OrderRefunded | events.OrderCanceled


async def tell(uow: UnitOfWork, event: Told) -> MailReceipt | None:
    """Mail the customer what happened; of an event that was told before, nothing is sent again.

    Of what happened at another time, and is only written down now, nothing is said, nor of a parcel
    without a name, which an earlier version told of: None.

    Raises:
        NoSuchOrder: the order is gone.
    """
    if event.at is not None:
        return None
    if isinstance(event, events.OrderFulfilled) and event.fulfilment_id is None:
        return None
    order = await orders.get(uow, event.shop_id, event.order_id)
    shop = await shops.get(uow, event.shop_id)
    mail = _mail(event, order, shop.name, _link(uow, shop.slug, order))
    return await send(uow, mail, to=order.email, key=key_of(event))


def key_of(event: Told) -> str:
    """Of two mails with one key only the first is sent: what makes a replay of events harmless."""
    about = str(event.order_id)
    if isinstance(event, events.OrderRefunded):
        about = str(event.refund_id)
    elif isinstance(event, events.OrderFulfilled):
        about = str(event.fulfilment_id)
    return f"{event.type}:{about}"


def _mail(event: Told, order: Order, shop: str, link: str) -> OrderMail:
    number, currency = order.number, order.currency
    match event:
        case events.OrderPaid():
            return PaidMail(
                shop=shop,
                number=number,
                link=link,
                goods=_goods(order, event.lines),
                shipping=written(order.shipping, currency) if order.shipping else "",
                total=written(order.total, currency),
                address=_lines(order),
            )
        case events.OrderFulfilled():
            parcel = next(one for one in order.fulfilments if one.id == event.fulfilment_id)
            return _sent(event, order, parcel, shop, link)
        case events.OrderRefunded():
            amount = written(event.refund, currency)
            return RefundedMail(shop=shop, number=number, link=link, amount=amount)
        case events.OrderCanceled():
            reason, was_paid = order.end_reason or "", event.was_paid
            return CanceledMail(shop=shop, number=number, link=link, reason=reason, was_paid=was_paid)


def _sent(event: events.OrderFulfilled, order: Order, parcel: Fulfilment, shop: str, link: str) -> SentMail:
    return SentMail(
        shop=shop,
        number=order.number,
        link=link,
        goods=_goods(order, event.lines),
        complete=event.complete,
        carrier=parcel.carrier or "",
        tracking_number=parcel.tracking_number or "",
        tracking_url=parcel.tracking_url or "",
    )


def _goods(order: Order, lines: Iterable[events.LineTold]) -> list[Goods]:
    goods = []
    for told in lines:
        line = order.line(told.line_id)
        if line is not None:
            total = written(told.total, order.currency)
            options = ", ".join(line.options.values())
            goods.append(Goods(title=line.title, options=options, quantity=told.quantity, total=total))
    return goods


def _lines(order: Order) -> list[str]:
    """Where it goes, as on an envelope."""
    to = order.shipping_address
    if to is None:
        return []
    place: Sequence[str | None] = (to.postal_code, to.city)
    lines = (to.name, to.company, to.line1, to.line2, " ".join(filter(None, place)), to.region, to.country)
    return [line for line in lines if line]


def _link(uow: UnitOfWork, slug: str, order: Order) -> str:
    """The order's page, with what proves that one may see it."""
    token = quote(orders.token_of(uow, order.id))
    return f"{uow.part(Mailer).public_url}/store/{slug}/orders/{order.id}/open?token={token}"
