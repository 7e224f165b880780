"""No way leads from one organization into another: every route of the server is tried."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Reply, Verdict, guarantee, judge
from backstay.systems.tenancy import queries, service
from backstay.systems.tenancy.contracts import Organization
from backstay.systems.tenancy.guarantees.people import Person, ask, founded, open_server, signed_up
from backstay.systems.tenancy.guarantees.routes import ID, Holdings, Route, body_of, routes_of

_SETTLED: Final = 60.0
"""Seconds for the jobs of a side to be done."""
_BUSY: Final = frozenset({"waiting", "ready", "running", "failed"})
_EACH: Final = 3
"""Things of a sort that are tried at most."""
_GLANCES: Final = 0.2
"""How many of the requests of an attack are followed by one of the lists."""
_MOVING: Final = ("/v1/traffic", "/v1/job-", "/v1/console")
"""Beginnings of what goes on changing by itself: of it only is asked that nothing is another's."""
_PASSING: Final = re.compile(r"\w*_at|at|\w*seconds|\w*age|lag|\w*cursor")
"""Members that go on changing by themselves."""


class Side:
    """An organization with somebody at work in it, what is theirs, and a word that only they write."""

    def __init__(self, person: Person, organization: str, mark: str) -> None:
        self.person = person
        self.mark = mark
        self.own = {person.id, organization}
        self.holdings = Holdings()
        self.sent = set[str]()
        """Ids of the other's that they have sent: these may come back, in their own trail for one."""

    @property
    def marks(self) -> set[str]:
        """What nobody else may be shown."""
        return self.holdings.ids | self.own | {self.mark, self.person.mail}


@guarantee(
    "no-way-into-another-organization",
    promise="Through no route, job, cache or export does anybody read or change what is another "
    "organization's, whatever ids they send and however alike the two call things, on however many servers.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
    timeout=240.0,
)
async def no_way_into_another(lab: Lab) -> Verdict:
    """Let two owners make whatever the server's document knows, and one send all that is the other's."""
    app = await open_server(lab)
    routes = routes_of((await app.get("/openapi.json")).json)
    one, other = [await _side(lab, name) for name in ("north", "south")]
    crossing = Crossing(lab, routes)
    for side in (one, other):
        await crossing.look(side)
    presets = (one.holdings.ids & other.holdings.ids) - one.own - other.own
    await asyncio.gather(crossing.build(one), crossing.build(other))
    for side in (one, other):
        await crossing.settle(side)
        await crossing.look(side)
    crossing.part(one, other, presets)
    intruder, victim = lab.random.sample([one, other], 2)
    await crossing.look(intruder, victim)
    before, again = [await crossing.look(victim, intruder) for _ in range(2)]
    moving = {path for path, shown in before.items() if not _still(shown, again.get(path))}
    await crossing.attack(intruder, victim)
    for side in (intruder, victim):
        await crossing.settle(side)
    after = await crossing.look(victim, intruder)
    await crossing.look(intruder, victim)
    for path in before.keys() - moving:
        if not _still(before[path], after.get(path)):
            crossing.findings.append(Finding(f"what {path} shows its owner was changed by another"))
    untried = (
        None if len(before) > len(moving) and crossing.named else "nothing of theirs was there, or was sent"
    )
    return judge(
        *crossing.findings,
        untried=untried,
        routes=len(crossing.named | crossing.shown),
        not_named=len(crossing.unnamed),
        moving=len(moving),
        asked=crossing.asked,
    )


async def _side(lab: Lab, name: str) -> Side:
    person, organization = await founded(lab, await signed_up(lab, name), f"Lamps of the {name}")
    return Side(person, organization, lab.unique(name))


class Crossing:
    """What both sides do, and what was found."""

    def __init__(self, lab: Lab, routes: list[Route]) -> None:
        self._lab = lab
        self._routes = routes
        self.findings: list[Finding] = []
        self.named = set[str]()
        """Routes to which something of the other side was sent."""
        self.unnamed = set[str]()
        """Routes that name something of which the other side had nothing."""
        self.shown = set[str]()
        self.asked = 0

    async def build(self, side: Side) -> None:
        """Make one of everything twice: called alike on both sides, and by names of their own."""
        making = [one for one in self._routes if one.begins]

        async def make(client: Client) -> None:
            for names in (False, True):
                for route in making:
                    path = route.path(route.fixed)
                    for mark in (side.mark, ""):
                        body = body_of(route, side.holdings, mark, names=names)
                        reply = await self._send(client, side, route, path, body)
                        _learn(side, route, reply)
                        if reply.ok:
                            break

        await self._lab.clients(1).each(1, make)

    async def settle(self, side: Side) -> None:
        """Wait until no job of the side is waiting or at work; nothing where there are no jobs."""
        async with asyncio.timeout(_SETTLED):
            while True:
                reply = await ask(self._lab, "GET", "/v1/jobs?limit=100", None, side.person.headers)
                if not reply.ok or not _BUSY & {one["state"] for one in reply["items"]}:
                    return
                await asyncio.sleep(0.1)

    def part(self, one: Side, other: Side, presets: set[str]) -> None:
        """Judge what both were shown; what they have in common is nobody's from here on."""
        both = (one.holdings.ids & other.holdings.ids) - presets
        if both:
            self.findings.append(Finding(f"{len(both)} ids were shown to both, as {min(both)}"))
        one.holdings.ids -= presets
        other.holdings.ids -= presets

    async def look(self, side: Side, other: Side | None = None) -> dict[str, Any]:
        """Everything that the side is shown of its own, by path; with another, nothing of that other's."""
        found: dict[str, Any] = {}
        wanted: list[tuple[Route, str]] = []

        async def see(client: Client) -> None:
            while wanted:
                route, path = wanted.pop()
                reply = await self._send(client, side, route, path, None)
                if not reply.ok:
                    continue
                self.shown.add(route.label)
                if other is None:
                    _learn(side, route, reply)
                else:
                    self._judge(reply, side, other)
                if not route.template.startswith(_MOVING):
                    found[path] = _told(reply)

        reading = [route for route in self._routes if route.method == "GET"]
        clients = self._lab.clients(2)
        wanted += [(route, route.path({})) for route in reading if route.shows]
        await clients.each(1, see)
        wanted += [
            (route, route.path(values))
            for route in reading
            if route.names and not route.template.startswith(_MOVING)
            for values in islice(side.holdings.values(route), _EACH)
        ]
        await clients.each(1, see)
        return found

    async def attack(self, intruder: Side, victim: Side) -> None:
        """Send everything of the victim's to every route, while both look at their own."""
        given = list(self._attacks(intruder, victim))
        self._lab.random.shuffle(given)
        looking = [route for route in self._routes if route.shows]

        async def send(client: Client) -> None:
            while given:
                route, path, body = given.pop()
                intruder.sent |= set(ID.findall(f"{path} {body}"))
                self._judge(await self._send(client, intruder, route, path, body), intruder, victim)
                if client.random.random() < _GLANCES:
                    side, other = client.random.sample((intruder, victim), 2)
                    route = client.random.choice(looking)
                    reply = await self._send(client, side, route, route.path({}), None)
                    self._judge(reply, side, other)

        await self._lab.clients(6).each(1, send)

    def _attacks(self, intruder: Side, victim: Side) -> Iterator[tuple[Route, str, Any]]:
        for route in self._routes:
            body = body_of(route, victim.holdings, intruder.mark, names=True)
            if route.begins:
                yield route, route.path(route.fixed), body
            if not route.names:
                continue
            values = list(islice(victim.holdings.values(route), _EACH))
            (self.named if values else self.unnamed).add(route.label)
            yield from ((route, route.path(one), body) for one in values)

    async def _send(self, client: Client, side: Side, route: Route, path: str, body: Any) -> Reply:
        self.asked += 1
        headers = {**side.person.headers, "If-Match": client.random.choice(('"1"', '"2"'))}
        return await client.request(route.method, path, json=body, headers=headers, name=route.label)

    def _judge(self, reply: Reply, side: Side, other: Side) -> None:
        """Nothing of the other's is in an answer that was not in a question."""
        answer = reply.body.decode(errors="replace")
        shown = sorted(mark for mark in other.marks - side.sent if mark in answer)
        if shown:
            words = f"{reply.operation.name} showed {side.mark} what is {other.mark}'s: "
            self.findings.append(Finding(words + ", ".join(shown[:3]), (reply.operation.id,)))


def _told(reply: Reply) -> Any:
    """What was answered; a line each of what is no one document."""
    try:
        return msgspec.json.decode(reply.body)
    except msgspec.DecodeError:
        return reply.body.decode(errors="replace").splitlines()


def _learn(side: Side, route: Route, reply: Reply) -> None:
    if reply.ok and reply.body:
        side.holdings.learn(route.template, _told(reply))


def _still(before: Any, after: Any) -> bool:
    """Whether what was shown is still shown: more may have come, and times go on."""
    if isinstance(before, dict):
        kept = [key for key in before if not _PASSING.fullmatch(key)]
        return isinstance(after, dict) and all(
            key in after and _still(before[key], after[key]) for key in kept
        )
    if isinstance(before, list):
        return isinstance(after, list) and all(any(_still(one, other) for other in after) for one in before)
    return bool(before == after)


@no_way_into_another.sabotage("let a member go by their id, from wherever they are")
def by_id_alone(patch: Patch) -> None:
    """One change that forgets the organization; an id is no secret."""
    patch(queries, "MEMBER", queries.MEMBERSHIPS_OF)
    patch(queries, "LEAVE", queries.ERASE_MEMBERSHIPS)


@no_way_into_another.sabotage("remember the present organization for the next request")
def remembered(patch: Patch) -> None:
    """A cache whose key forgets it."""
    current = service.current
    known: list[Organization] = []

    async def cached(reader: Reader) -> Organization:
        if not known:
            known.append(await current(reader))
        return known[0]

    patch(service, "current", cached)
