"""Who is counted, under names that cannot be mistaken for another's."""

from __future__ import annotations

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.http import Request, network_of

_NOWHERE = "unknown"


def address_name(client: str | None) -> str:
    """Everybody behind one address; of IPv6 behind one /64. All who have none are one caller."""
    return f"address:{network_of(client) or _NOWHERE}"


def actor_name(actor: Actor) -> str:
    """An API key by itself, for each has a quota of its own; anybody else as the person they are.

    A person has one quota in all their organizations: another organization is no other person. Who acts
    in somebody's place uses up their own.
    """
    if actor.impersonator_id is not None:
        return f"{ActorKind.USER}:{actor.impersonator_id}"
    if actor.kind is ActorKind.SERVICE and actor.session_id is not None:
        return f"key:{actor.session_id}"
    return f"{actor.kind}:{actor.id}"


def is_browser(request: Request) -> bool:
    """Whether a cookie proved the actor: programs send a header, which cookies never beat."""
    headers = request.raw_headers
    return b"cookie" in headers and b"authorization" not in headers and b"x-api-key" not in headers
