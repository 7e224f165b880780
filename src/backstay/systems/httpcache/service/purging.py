"""Forgetting kept answers, in all proxies, with the commit of whoever makes them old."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.actor import SYSTEM_ORGANIZATION
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.systems.audit import record
from backstay.systems.cache import invalidate
from backstay.systems.httpcache.contracts import AnswerPurge
from backstay.systems.httpcache.service.keeping import EVERYTHING, tag_of, tag_of_url
from backstay.systems.httpcache.service.urls import canonical, is_address


def forget(uow: UnitOfWork, *, urls: Sequence[str] = (), tags: Sequence[str] = ()) -> None:
    """Forget answers with the unit's commit: 250 ms after it no proxy gives them out any more.

    Args:
        uow: whose change makes them old.
        urls: addresses as clients ask for them; every variant.
        tags: as answers carry them in `Surrogate-Key` or `Cache-Tag`.

    Raises:
        ValueError: a URL is none of http or https.
    """
    names = [tag_of_url(canonical(url)) for url in urls] + [tag_of(tag) for tag in tags]
    invalidate(uow, *names, everyone=True)


async def purge(uow: UnitOfWork, what: AnswerPurge) -> None:
    """Forget by hand, and record who did.

    Raises:
        Invalid: an address is none; each is named.
    """
    wrong = [
        FieldError(pointer=f"/urls/{place}", code="format", message="An address is http(s)://host/path")
        for place, url in enumerate(what.urls)
        if not is_address(url)
    ]
    if wrong:
        raise Invalid(*wrong)
    forget(uow, urls=what.urls, tags=what.tags)
    if what.everything:
        invalidate(uow, EVERYTHING, everyone=True)
    record(uow, "httpcache.purged", subject=("httpcache", SYSTEM_ORGANIZATION), after=what)
