"""What cannot be priced."""

from __future__ import annotations

from backstay.kernel.errors import Invalid


class Unpriceable(Invalid):
    """The basket contradicts itself, or its total is larger than money gets; `errors` names every field."""

    code = "unpriceable"
    title = "This basket cannot be priced"
