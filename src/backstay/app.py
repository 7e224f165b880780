"""The composition: the one list of modules, and the only file that knows them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backstay.kernel.module import Module
from backstay.products.commerce.carts.module import module as carts
from backstay.products.commerce.catalog.module import module as catalog
from backstay.products.commerce.coupons.module import module as coupons
from backstay.products.commerce.drops.module import module as drops
from backstay.products.commerce.giftcards.module import module as giftcards
from backstay.products.commerce.insights.module import module as insights
from backstay.products.commerce.inventory.module import module as inventory
from backstay.products.commerce.notices.module import module as notices
from backstay.products.commerce.orders.module import module as orders
from backstay.products.commerce.pricing.module import module as pricing
from backstay.products.commerce.replay.module import module as replay
from backstay.products.commerce.reviews.module import module as reviews
from backstay.products.commerce.shops.module import module as shops
from backstay.products.commerce.storefront.module import module as storefront
from backstay.products.commerce.wishlists.module import module as wishlists
from backstay.products.counter.module import module as counter
from backstay.products.notes.module import module as notes
from backstay.systems.access.module import module as access
from backstay.systems.apikeys.module import module as apikeys
from backstay.systems.audit.module import module as audit
from backstay.systems.cache.module import module as cache
from backstay.systems.console.module import module as console
from backstay.systems.events.module import module as events
from backstay.systems.health.module import module as health
from backstay.systems.httpcache.module import module as httpcache
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.identity.module import module as identity
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail.module import module as mail
from backstay.systems.payments.module import module as payments
from backstay.systems.ratelimit.module import module as ratelimit
from backstay.systems.tenancy.module import module as tenancy
from backstay.systems.traffic.module import module as traffic

MODULES: Final[Sequence[Module]] = [
    health,
    traffic,
    ratelimit,
    console,
    idempotency,
    jobs,
    events,
    mail,
    audit,
    access,
    identity,
    apikeys,
    cache,
    payments,
    httpcache,
    tenancy,
    counter,
    notes,
    pricing,
    shops,
    inventory,
    catalog,
    coupons,
    giftcards,
    carts,
    orders,
    drops,
    replay,
    storefront,
    notices,
    reviews,
    wishlists,
    insights,
]
