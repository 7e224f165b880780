"""Acting in somebody's place."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from backstay.kernel.actor import Permission
from backstay.kernel.http import Payload
from backstay.kernel.patterns import NOT_BLANK

IMPERSONATE: Final = Permission(
    "identity:impersonate",
    "Act in the place of somebody who may do less, for half an hour, with a reason that they are told.",
    house=True,
    in_person=True,
)
LONGEST_MINUTES: Final = 30


class ImpersonationOrder(Payload, frozen=True, kw_only=True):
    """Why somebody is acted for, and for how long."""

    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=500,
            pattern=NOT_BLANK,
            description="Recorded, and told to the person.",
            examples=["Ticket 4711: the invoice list stays empty."],
        ),
    ]
    minutes: Annotated[
        int, Meta(ge=1, le=LONGEST_MINUTES, description="After these it ends, used or not.")
    ] = LONGEST_MINUTES
    organization_id: Annotated[
        UUID | None, Meta(description="Where; the person's own place when not given.")
    ] = None
    cookie: Annotated[bool, Meta(description="Sign the browser in by a cookie instead of giving tokens.")] = (
        False
    )
