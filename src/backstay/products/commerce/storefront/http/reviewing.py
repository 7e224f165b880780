"""What buyers say of what an order brought."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

import msgspec

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.products.commerce import orders, reviews
from backstay.products.commerce.orders import NoSuchOrder
from backstay.products.commerce.reviews import contracts
from backstay.products.commerce.shops import NoSuchShop, Slug, enter
from backstay.products.commerce.storefront.http.cookies import ORDER, cookie, path_of
from backstay.products.commerce.storefront.http.forms import FORM_LIMIT, form_of, number_in
from backstay.products.commerce.storefront.http.showing import Page, see, show
from backstay.products.commerce.storefront.http.visits import visit
from backstay.products.commerce.storefront.http.words import said_of

_FOUND: Final = (NoSuchShop, NoSuchOrder)


class ReviewController(Controller):
    """A review of a line of an order, for whoever bought it: by account, or by the order's cookie."""

    path: ClassVar[str] = "/store/{shop:str}/orders/{order_id:uuid}/lines/{line_id:str}/review"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @get(public=True, hidden=True, any_query=True, problems=_FOUND, declares=[Page()])
    async def ask(
        self,
        request: Request,
        backend: Backend,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        line_id: FromPath[str],
    ) -> Response[str]:
        """Ask what they think of it; what they said before stands in the form."""
        return await _page(backend, request, shop, order_id, line_id)

    @post(public=True, hidden=True, status=303, body_limit=4 * FORM_LIMIT, problems=_FOUND, declares=[Page()])
    async def write(
        self,
        request: Request,
        backend: Backend,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        line_id: FromPath[str],
    ) -> Response[str]:
        """Keep what they say, or what they say now."""
        fields, token = await form_of(request), cookie(request, ORDER)
        said = {
            "rating": number_in(fields, "rating", 0),
            "title": fields.get("title", ""),
            "text": fields.get("text", "").replace("\r\n", "\n"),
            "author": fields.get("author") or None,
        }

        async def work(uow: UnitOfWork) -> None:
            inside, found = await enter(uow, shop)
            there = await reviews.reviews_of(inside, found, order_id, token)
            before = next((one for one in there if one.line_id == line_id), None)
            if before is None:
                new = msgspec.convert({**said, "line_id": line_id}, contracts.NewReview)
                await reviews.write(inside, found, order_id, token, new)
                return
            changes = msgspec.convert(said, contracts.ReviewChanges)
            version = number_in(fields, "version", 0)
            await reviews.change(inside, found, order_id, token, before.id, changes, expected=version)

        try:
            await backend.database.run(request.actor or ANONYMOUS, work)
        except msgspec.ValidationError:
            wrong = "Choose how many stars; a title has at most 150 letters, a name 60 and the rest 5,000."
            return await _page(backend, request, shop, order_id, line_id, status=422, wrong=wrong, said=said)
        except NoSuchOrder:
            raise
        except BackstayError as refused:
            return await _page(
                backend,
                request,
                shop,
                order_id,
                line_id,
                status=refused.status,
                wrong=said_of(refused),
                said=said,
            )
        return see(f"{path_of(shop)}/orders/{order_id}")


async def _page(
    backend: Backend,
    request: Request,
    shop: str,
    order_id: UUID,
    line_id: str,
    *,
    status: int = 200,
    wrong: str | None = None,
    said: dict[str, object] | None = None,
) -> Response[str]:
    here = await visit(backend, request, shop)
    token = cookie(request, ORDER)
    order = await orders.of_customer(here.reader, here.shop.id, order_id, token)
    line = order.line(line_id)
    if line is None:
        raise NoSuchOrder
    there = await reviews.reviews_of(here.reader, here.shop, order_id, token)
    before = next((one for one in there if one.line_id == line_id), None)
    fields = said or {
        "rating": before.rating if before else 0,
        "title": before.title if before else "",
        "text": before.text if before else "",
        "author": before.author if before else "",
    }
    return show(
        here,
        "review-line",
        status=status,
        unseen=True,
        order=order,
        line=line,
        before=before,
        fields=fields,
        wrong=wrong,
    )
