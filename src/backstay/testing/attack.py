"""What the attack test does, without pytest: `backstay.testing.tenants` is its face."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from uuid import uuid4

import httpx
from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.http import Application, Endpoint, EventStream
from backstay.kernel.module import declared
from backstay.systems.events import Subscription
from backstay.systems.idempotency import Replayable
from backstay.systems.jobs import Job, JobHandler, enqueue_many
from backstay.systems.jobs.testing import drain
from backstay.testing import cases, make_actor
from backstay.testing.cases import Side, Target, TenantCase, label
from backstay.testing.queries import Rows, rows_of

PROBLEM: Final = frozenset({"type", "title", "status", "code", "detail", "instance", "trace_id"})
"""The members that the answer to a stranger may have: none that a row gave."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+):\w+\}")
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
"""What rows are called by: UUIDv7. People and the house's roles, which both sides may know, are not."""
_ORDER: Final = ("GET", "PATCH", "PUT", "POST", "DELETE")
"""What reads comes first and what deletes last, so that each finds something."""


class Attack:
    """Tries everything and gathers what it finds; `judge` tells all of it at once."""

    def __init__(
        self,
        backend: Backend,
        app: Application,
        token_of: Callable[[Actor], str],
        tenant_cases: Mapping[str, TenantCase],
        *,
        modules: frozenset[str],
    ) -> None:
        """`modules`: the names of those whose routes and jobs are tried."""
        self.backend = backend
        self.found: list[str] = []
        """What is wrong, a sentence each."""
        self._transport = httpx.ASGITransport(app)
        self._token_of = token_of
        self._cases = tenant_cases
        self._modules = modules
        self._sides: dict[Actor, Side] = {}
        self._endpoints = sorted(
            (each for each in app.router.endpoints if each.module in modules and each.permission is not None),
            key=lambda each: _ORDER.index(each.route.method),
        )

    async def close(self) -> None:
        """Close the clients."""
        for side in self._sides.values():
            await side.client.aclose()

    def stranger(self) -> Actor:
        """Somebody of another organization who may do there whatever its roles can give."""
        return make_actor("stranger", organization=uuid4(), permissions=self.grantable())

    def grantable(self) -> tuple[str, ...]:
        """Every permission that a role of an organization can give."""
        return tuple(one.name for each in self.backend.modules for one in each.permissions if not one.house)

    def judge(self) -> None:
        """Fail with everything that was found."""
        if self.found:
            heading = "1 finding:" if len(self.found) == 1 else f"{len(self.found)} findings:"
            raise AssertionError("\n".join([heading, *self.found]))

    async def reach(self, intruder: Actor, victim: Actor, *, spare: tuple[str, ...] = ()) -> set[str]:
        """Every route with a name in its path, for what the victim has; returns the routes tried.

        Args:
            intruder: who tries; not necessarily of another organization.
            victim: who has made one of everything.
            spare: beginnings of paths that the two have in common.
        """
        self._require_cases()
        targets = await self._make(victim)
        before, tried = await self.rows_of(victim), set[str]()
        shared = intruder.organization_id == victim.organization_id
        named = [each for each in self._named() if not each.template.startswith(spare)]
        # What a stranger makes under the victim's name would be found by the routes that follow.
        for endpoint in sorted(named, key=self._is_made_by_name):
            target, name = targets[endpoint.module], label(endpoint)
            path = self._path(endpoint, target)
            if path is None:
                continue
            # Any version: a stranger who guesses it must get no further.
            for version in ('"1"', '"2"'):
                answer = await self._send(intruder, endpoint, path, target, version)
                self._judge_refusal(endpoint, answer)
                self._judge_shown(name, answer, set() if shared else self._marks(victim, before, target))
            tried.add(name)
            after = await self.rows_of(victim)
            if shared and self._is_made_by_name(endpoint) and _kept(before, after):
                continue  # what was added is the colleague's own
            if after != before:
                self.found.append(f"{name}: what {victim.name} has was changed by {intruder.name}")
            before = after
        return tried

    async def look(self, intruder: Actor, victim: Actor) -> set[str]:
        """Every GET without a name in its path, lists and exports to their end; returns the routes tried."""
        self._require_cases()
        targets, tried = await self._make(victim), set[str]()
        rows = await self.rows_of(victim)
        for endpoint in self._endpoints:
            name, returns = label(endpoint), endpoint.signature.returns
            if endpoint.route.method != "GET" or "{" in endpoint.template or not self._is_tried(endpoint):
                continue
            if isinstance(returns, type) and issubclass(returns, EventStream):
                continue  # it has no end
            target = targets[endpoint.module]
            own = await self._side(victim).client.get(endpoint.template)
            if own.is_success and "listing" in endpoint.route.options and not own.json()["items"]:
                self.found.append(cases.empty_list(endpoint))
            answer = await self._side(intruder).client.get(endpoint.template)
            if answer.is_server_error or answer.status_code == 403:
                self.found.append(f"{name}: answered {answer.status_code} for one's own")
            self._judge_shown(name, answer, self._marks(victim, rows, target))
            tried.add(name)
        return tried

    async def collide(self, twin: Actor, victim: Actor) -> set[str]:
        """Every route whose names are the same on both sides, for the twin's own; returns those tried."""
        self._require_cases()
        targets, own = await self._make(victim), await self._make(twin)
        before, tried = await self.rows_of(victim), set[str]()
        for endpoint in self._named():
            target, name = own[endpoint.module], label(endpoint)
            path = self._path(endpoint, target)
            if path is None or path != self._path(endpoint, targets[endpoint.module]):
                continue
            answer = await self._send(twin, endpoint, path, target, '"1"')
            if answer.is_server_error or answer.status_code == 403:
                self.found.append(f"{name}: answered {answer.status_code} for one's own")
            self._judge_shown(name, answer, self._marks(victim, before, targets[endpoint.module]))
            tried.add(name)
            after = await self.rows_of(victim)
            if after != before:
                self.found.append(f"{name}: changed what bears the same name in another organization")
            before = after
        return tried

    async def work(self, intruder: Actor, victim: Actor) -> set[str]:
        """Every kind of job, enqueued by the intruder with what the victim has; returns the kinds tried."""
        kinds = [
            (module.name, handler)
            for module, handler in declared(self.backend.modules, JobHandler)
            # Nobody enqueues a delivery: it comes from the dispatcher, into the organization of its event.
            if module.name in self._modules and not isinstance(handler, Subscription)
        ]
        self._require_cases()
        targets, given = await self._make(victim), list[Job]()
        for owner, handler in kinds:
            case = self._cases.get(owner)
            if case is None or handler.kind in case.house_wide:
                continue
            made = [job for job in targets[owner].jobs if type(job) is handler.job]
            if not made and structs.fields(handler.job):
                self.found.append(cases.job_without_case(owner, handler))
            given += made or ([] if structs.fields(handler.job) else [handler.job()])
        if not given:
            return set()
        queues = tuple({job.options.queue for job in given})
        await drain(self.backend, queues=queues)  # what making enqueued
        before = await self.rows_of(victim)

        async def enqueue(uow: UnitOfWork) -> None:
            await enqueue_many(uow, given)

        await self.backend.database.run(intruder, enqueue)
        await drain(self.backend, queues=queues)
        if await self.rows_of(victim) != before:
            self.found.append(f"jobs of {intruder.name} changed what the victim has")
        return {handler.kind for _, handler in kinds if any(type(job) is handler.job for job in given)}

    async def rows_of(self, owner: Actor) -> Rows:
        """Every row of every table that belongs to somebody's organization."""
        return await rows_of(self.backend, owner)

    async def _make(self, owner: Actor) -> dict[str, Target]:
        side = self._side(owner)
        return {name: await case.make(side) for name, case in self._cases.items() if name in self._modules}

    def _side(self, actor: Actor) -> Side:
        if actor not in self._sides:
            client = httpx.AsyncClient(
                transport=self._transport,
                base_url="http://testserver",
                headers={"Authorization": f"Bearer {self._token_of(actor)}"},
            )
            self._sides[actor] = Side(actor, client, self.backend)
        return self._sides[actor]

    def _named(self) -> list[Endpoint]:
        """The routes with a name in their path that name something of an organization's, and have a case."""
        return [each for each in self._endpoints if "{" in each.template and self._is_tried(each)]

    def _is_tried(self, endpoint: Endpoint) -> bool:
        case = self._cases.get(endpoint.module)
        # What the house's permissions guard reaches beyond one organization, and no role of one gives them.
        house = endpoint.permission is None or endpoint.permission.house
        return case is not None and label(endpoint) not in case.house_wide and not house

    def _require_cases(self) -> None:
        for endpoint in self._endpoints:
            wants_one = "{" in endpoint.template or endpoint.route.method == "GET"
            house = endpoint.permission is None or endpoint.permission.house
            if wants_one and not house and endpoint.module not in self._cases:
                self.found.append(cases.no_case(endpoint))
        names = {label(each) for each in self._endpoints}
        names |= {handler.kind for _, handler in declared(self.backend.modules, JobHandler)}
        for module, case in self._cases.items():
            said = set(case.house_wide) | case.made_by_name if module in self._modules else set[str]()
            self.found += [
                f"{name}: is named by TENANTS of {module} and is no route of it"
                for name in sorted(said - names)
            ]
        self.judge()

    def _path(self, endpoint: Endpoint, target: Target) -> str | None:
        missing = [name for name in _PLACEHOLDER.findall(endpoint.template) if name not in target.values]
        if missing:
            self.found.append(cases.no_value(endpoint, missing))
            return None
        if endpoint.signature.body is not None and label(endpoint) not in target.bodies:
            self.found.append(cases.no_body(endpoint))
            return None
        return _PLACEHOLDER.sub(lambda match: target.values[match[1]], endpoint.template)

    async def _send(
        self, who: Actor, endpoint: Endpoint, path: str, target: Target, version: str
    ) -> httpx.Response:
        return await self._side(who).client.request(
            endpoint.route.method,
            path,
            json=target.bodies.get(label(endpoint)),
            headers={"If-Match": version} | _key_for(endpoint),
        )

    def _judge_refusal(self, endpoint: Endpoint, answer: httpx.Response) -> None:
        name = label(endpoint)
        if self._is_made_by_name(endpoint):
            if not answer.is_success:
                self.found.append(f"{name}: answered {answer.status_code} where one of their own is made")
        elif answer.status_code != 404:
            hint = " (which tells that it is there)" if answer.status_code in {403, 409, 412} else ""
            self.found.append(f"{name}: answered {answer.status_code}, not 404{hint}: {answer.text[:200]}")
        elif more := set(answer.json()) - PROBLEM:
            self.found.append(f"{name}: its 404 tells {', '.join(sorted(more))}")

    def _judge_shown(self, name: str, answer: httpx.Response, marks: set[str]) -> None:
        shown = sorted(mark for mark in marks if mark in answer.text)
        if shown:
            self.found.append(f"{name}: shows what is the other organization's: {', '.join(shown[:3])}")

    def _is_made_by_name(self, endpoint: Endpoint) -> bool:
        return label(endpoint) in self._cases[endpoint.module].made_by_name

    def _marks(self, victim: Actor, rows: Rows, target: Target) -> set[str]:
        """What only the victim's organization may be shown."""
        ids = {found for table in rows.values() for row in table for found in _ID.findall(" ".join(row))}
        return ids | {str(victim.organization_id), *target.secrets}


def _key_for(endpoint: Endpoint) -> dict[str, str]:
    """A fresh key where the route wants one; elsewhere none, for a key is kept in its organization."""
    wanted = any(one.required for one in endpoint.declared(Replayable))
    return {"Idempotency-Key": str(uuid4())} if wanted else {}


def _kept(before: Rows, after: Rows) -> bool:
    """Whether every row is still as it was, whatever was added."""
    return all(set(rows) <= set(after[table]) for table, rows in before.items())
