"""Insights over HTTP, for merchants."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from backstay.kernel.actor import Permission
from backstay.kernel.database import Reader
from backstay.kernel.http import Controller, FromPath, FromQuery, get
from backstay.kernel.money import CurrencyCode
from backstay.products.commerce.insights import service
from backstay.products.commerce.insights.contracts.reports import (
    Agreement,
    By,
    Day,
    LowItem,
    Period,
    RatedItem,
    Retention,
    RevenueSeries,
    Step,
    Summary,
    TopList,
    What,
    Window,
)
from backstay.products.commerce.shops import NoSuchShop, Shop, Slug, own

READ = Permission(
    "insights:read",
    "See what the organization's shops sell: revenue, best sellers, cohorts",
    presets=("user",),
)
Limit = Annotated[int, Meta(ge=1, le=100)]
Months = Annotated[int, Meta(ge=1, le=36, description="How many months of first orders are shown.")]


class InsightsController(Controller):
    """How a shop does."""

    path: ClassVar[str] = "/shops/{shop:str}/insights"

    @get("/summary", permission=READ, problems=[NoSuchShop])
    async def summary(
        self,
        reader: Reader,
        shop: FromPath[Slug],
        since: FromQuery[Day | None] = None,
        until: FromQuery[Day | None] = None,
        currency: FromQuery[CurrencyCode | None] = None,
    ) -> Summary:
        """Sum up a period, the last 30 days if none is named, and the one before it."""
        found = await own(reader, shop)
        period = _period(reader, found, since, until)
        return await service.summary(reader, found, period, currency or found.currency)

    @get("/revenue", permission=READ, problems=[NoSuchShop])
    async def revenue(
        self,
        reader: Reader,
        shop: FromPath[Slug],
        since: FromQuery[Day | None] = None,
        until: FromQuery[Day | None] = None,
        currency: FromQuery[CurrencyCode | None] = None,
        step: FromQuery[Step] = Step.DAY,
    ) -> RevenueSeries:
        """Show the sales of a period by day, week or month, and those of the period before."""
        found = await own(reader, shop)
        period = _period(reader, found, since, until)
        return await service.revenue(reader, found, period, currency or found.currency, step)

    @get("/top", permission=READ, problems=[NoSuchShop])
    async def top(
        self,
        reader: Reader,
        shop: FromPath[Slug],
        what: FromQuery[What] = What.PRODUCTS,
        by: FromQuery[By] = By.REVENUE,
        window: FromQuery[Window] = Window.MONTH,
        since: FromQuery[Day | None] = None,
        until: FromQuery[Day | None] = None,
        currency: FromQuery[CurrencyCode | None] = None,
        limit: FromQuery[Limit] = 10,
    ) -> TopList:
        """Rank what was sold in a window up to today, or between two days where one of them is named."""
        found = await own(reader, shop)
        if since is None and until is None:
            period = service.period_of_window(window, service.today_in(found, reader.now()))
        else:
            period = _period(reader, found, since, until)
        return await service.top(
            reader, found, currency or found.currency, period, what=what, by=by, limit=limit
        )

    @get("/top-rated", permission=READ, problems=[NoSuchShop])
    async def top_rated(
        self, reader: Reader, shop: FromPath[Slug], limit: FromQuery[Limit] = 10
    ) -> list[RatedItem]:
        """Rank what is for sale by how it is rated."""
        return await service.rated(reader, await own(reader, shop), limit=limit)

    @get("/low-stock", permission=READ, problems=[NoSuchShop])
    async def low_stock(
        self, reader: Reader, shop: FromPath[Slug], limit: FromQuery[Limit] = 20
    ) -> list[LowItem]:
        """List what is at or below its threshold, the fewest first, and how long it lasts at this pace."""
        return await service.low_stock(reader, await own(reader, shop), limit=limit)

    @get("/cohorts", permission=READ, problems=[NoSuchShop])
    async def cohorts(
        self,
        reader: Reader,
        shop: FromPath[Slug],
        months: FromQuery[Months] = 12,
        until: FromQuery[Day | None] = None,
    ) -> Retention:
        """Show who came back, by the month of their first order."""
        found = await own(reader, shop)
        last = _period(reader, found, until, until).until if until else None
        return await service.retention(reader, found, months=months, until=last)

    @get("/agreement", permission=READ, problems=[NoSuchShop])
    async def agreement(self, reader: Reader, shop: FromPath[Slug]) -> Agreement:
        """Reckon every sum anew from the orders' events, and show what does not agree. Reads all orders."""
        return await service.agreement(reader, await own(reader, shop))


def _period(reader: Reader, shop: Shop, since: Day | None, until: Day | None) -> Period:
    return service.period_of(service.today_in(shop, reader.now()), since, until)
