"""`Cache-Status` (RFC 9211): what this cache did with a request, for whoever looks into it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

NAME: Final = "backstay"


class Told(Struct, kw_only=True):
    """How a request was answered."""

    hit: bool = False
    ttl: int | None = None
    fwd: str | None = None
    """Why it was sent on."""
    fwd_status: int | None = None
    stored: bool = False
    collapsed: bool = False
    detail: str | None = None

    def written(self) -> str:
        """As a member of the field."""
        parts = [NAME]
        if self.hit:
            parts.append("hit")
        if self.fwd is not None:
            parts.append(f"fwd={self.fwd}")
        if self.fwd_status is not None:
            parts.append(f"fwd-status={self.fwd_status}")
        if self.ttl is not None:
            parts.append(f"ttl={self.ttl}")
        if self.stored:
            parts.append("stored")
        if self.collapsed:
            parts.append("collapsed")
        if self.detail is not None:
            parts.append(f"detail={self.detail}")
        return "; ".join(parts)
