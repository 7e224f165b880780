"""Several authenticators as one, and parts that are found by what they implement."""

from typing import Protocol

import pytest

from backstay.kernel.actor import Actor, Authenticators, Shown
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.parts import Parts
from tests.conftest import make_actor


class Keys:
    """Knows tokens that begin with its prefix, and one of them holds."""

    def __init__(self, prefix: str, actor: Actor) -> None:
        self.prefix, self.actor, self.asked = prefix, actor, 0

    async def authenticate(self, shown: Shown) -> Actor | None:
        self.asked += 1
        token = shown.bearer or ""
        if not token.startswith(self.prefix):
            return None
        if token != self.prefix + "right":
            raise Unauthenticated("The key does not hold")
        return self.actor


async def test_the_first_that_knows_the_form_decides() -> None:
    first, second = Keys("a-", make_actor()), Keys("b-", make_actor())
    both = Authenticators([first, second])
    assert await both.authenticate({"authorization": "Bearer b-right"}) == second.actor
    assert await both.authenticate({"authorization": "Bearer a-right"}) == first.actor
    assert (first.asked, second.asked) == (2, 1)


async def test_credentials_that_do_not_hold_are_not_tried_elsewhere() -> None:
    first, second = Keys("a-", make_actor()), Keys("", make_actor())
    with pytest.raises(Unauthenticated):
        await Authenticators([first, second]).authenticate({"authorization": "Bearer a-wrong"})
    assert second.asked == 0


async def test_without_credentials_that_anybody_knows_there_is_no_actor() -> None:
    assert await Authenticators([Keys("a-", make_actor())]).authenticate({}) is None


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Ann:
    name = "ann"


def test_a_part_is_found_by_the_interface_it_was_held_for_and_by_nothing_else() -> None:
    parts, ann = Parts(), Ann()
    parts.hold(ann, Named)
    assert parts.part(Named) is ann  # type: ignore[type-abstract]  # an interface is a kind too
    with pytest.raises(LookupError):
        parts.part(Ann)
