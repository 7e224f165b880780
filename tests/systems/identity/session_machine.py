"""What happens to sessions, for Hypothesis to make sequences of, each compared with the model.

What happens: refreshing with the present, the last and older tokens, alone and many at once on two processes;
answers that are lost; crashes before the commit and between the commit and the answer; access tokens new
and old; ending one, the others and all; changing the password; refreshing while being ended; time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import httpx
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.identity.queries import sessions as queries
from backstay.systems.identity.service.accounts import insert_user
from backstay.systems.identity.service.refreshing import refresh
from tests.systems.identity.conftest import PASSWORD, Site
from tests.systems.identity.session_model import Model, ModelSession, Real, Rules, Said

T = TypeVar("T")
RULES = Rules(lifetime=6 * 3600, idle=2 * 3600, grace=10, access=300)
LIVING = 2
"""Sessions at a time, so that a sequence stays with one for long enough to get it into trouble."""
MOMENTS = (1, 1, 1, 9, 9, 10, 11, 11, 60, 290, 301, 2 * 3600 - 1, 2 * 3600)
"""Seconds: around every limit, and seldom so many that everybody is out."""
SELDOM = 2
WHICH = st.sampled_from((0, 0, 0, 0, 1, 1, SELDOM))
"""Of the living sessions, counted from the latest; or one that may be over."""


class CrashedError(Exception):
    """The process dies before its commit."""


class Town:
    """Two processes on one database, reached from the thread in which Hypothesis works."""

    def __init__(self, sites: tuple[Site, Site], loop: asyncio.AbstractEventLoop) -> None:
        self.sites = sites
        self.loop = loop
        self.accounts = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it on the event loop of the test, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


class SessionMachine(RuleBasedStateMachine):
    """One account for each sequence."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.site = self.town.sites[0]
        self.model = Model(RULES, self.site.clock.now().timestamp())
        self.real: list[Real] = []
        self.town.accounts += 1
        self.mail = f"ada-{self.town.accounts}@example.test"
        self.password = PASSWORD
        self.town.do(self._account())
        self.sign_in(0)

    async def _account(self) -> None:
        user_id = uuid7()
        sealed = await self.site.identity.passwords.hash(user_id, self.password)

        async def work(uow: UnitOfWork) -> None:
            await insert_user(uow, user_id, self.mail, "Ada", "", sealed, verified=True)

        await self.site.database.run(ANONYMOUS, work)

    def _living(self) -> list[Real]:
        return [one for one in self.real if self.model.lives(one.model)]

    def _pick(self, which: int) -> Real:
        """A living session, which is opened when there is none; seldom the one of before, as it is."""
        if which == SELDOM:
            return self.real[-min(2, len(self.real))]
        if not self._living():
            self.sign_in(which)
        living = self._living()
        return living[-1 - which % len(living)]

    def _learn(self, answer: httpx.Response, one: Real) -> None:
        told = answer.json()
        assert told["session_id"] == one.id
        number = one.model.number
        assert one.refresh.setdefault(number, told["refresh_token"]) == told["refresh_token"]
        one.access[number] = told["access_token"]

    def _opened(self, answer: httpx.Response, model: ModelSession) -> None:
        assert answer.status_code == 200, answer.text
        assert answer.json()["session_id"] not in {one.id for one in self.real}
        self.real.append(Real(answer.json()["session_id"], model))
        self._learn(answer, self.real[-1])

    def _judge(self, answer: httpx.Response, said: Said, one: Real) -> None:
        if said is Said.NEXT:
            assert answer.status_code == 200, answer.text
            self._learn(answer, one)
        else:
            assert (answer.status_code, answer.json()["code"]) == (401, said.value)

    def _ask(self, where: int, work: str, *arguments: Any) -> httpx.Response:
        site = self.town.sites[where]
        answer: httpx.Response = self.town.do(getattr(site, work)(*arguments))
        return answer

    @precondition(lambda self: len(self._living()) < LIVING)
    @rule(where=st.integers(0, 1))
    def sign_in(self, where: int) -> None:
        order = {"mail": self.mail, "password": self.password}
        self._opened(self._ask(where, "post", "/auth/sign-in", order), self.model.open())

    @rule(which=WHICH, back=st.sampled_from((0, 0, 1, 1, 1, 2)), where=st.integers(0, 1))
    def refresh_with(self, which: int, back: int, where: int) -> None:
        """With the present token, the last, or an older one, if the client was ever given it."""
        one = self._pick(which)
        number = max(one.model.number - back, 1)
        if number in one.refresh:
            answer = self._ask(where, "refresh", one.refresh[number])
            self._judge(answer, self.model.refresh(one.model, number), one)

    @rule(which=WHICH, back=st.integers(0, 1), times=st.integers(2, 6))
    def refresh_at_once(self, which: int, back: int, times: int) -> None:
        """Many with one token, on both processes."""
        one = self._pick(which)
        number = max(one.model.number - back, 1)
        if number not in one.refresh:
            return
        token = one.refresh[number]

        async def all_of_them() -> list[httpx.Response]:
            sites = [self.town.sites[turn % 2] for turn in range(times)]
            return await asyncio.gather(*(site.refresh(token) for site in sites))

        answers = self.town.do(all_of_them())
        said = [self.model.refresh(one.model, number) for _ in range(times)]
        if set(said) == {Said.NEXT}:
            for answer in answers:
                self._judge(answer, Said.NEXT, one)
        else:
            # Who of them is first is not promised; that nobody gets tokens, and one is told why, is.
            assert {answer.status_code for answer in answers} == {401}
            codes = {answer.json()["code"] for answer in answers}
            assert codes <= {Said.REUSED.value, Said.OVER.value}
            assert (Said.REUSED.value in codes) == (Said.REUSED in said)

    @rule(which=WHICH, where=st.integers(0, 1))
    def lose_the_answer(self, which: int, where: int) -> None:
        """The server commits, and dies before it answers, or the answer is lost on its way."""
        one = self._pick(which)
        if one.model.number in one.refresh:
            self._ask(where, "refresh", one.refresh[one.model.number])
            self.model.refresh(one.model, one.model.number)

    @rule(which=WHICH, where=st.integers(0, 1))
    def crash_before_the_commit(self, which: int, where: int) -> None:
        """Everything was done, and nothing of it lasts."""
        one = self._pick(which)
        site = self.town.sites[where]
        token = site.identity.tokens.open_refresh(one.refresh[max(one.refresh)])
        assert token is not None

        async def work(uow: UnitOfWork) -> None:
            await refresh(uow, token)
            raise CrashedError

        with pytest.raises(CrashedError):
            self.town.do(site.database.run(ANONYMOUS, work))

    @rule(which=WHICH, back=st.sampled_from((0, 0, 0, 1, 2)), where=st.integers(0, 1))
    def use(self, which: int, back: int, where: int) -> None:
        """An access token, once the process has heard of what was ended."""
        one = self._pick(which)
        number = max(one.model.number - back, 1)
        if number in one.access:
            self.town.do(self.town.sites[where].catch_up())
            answer = self._ask(where, "get", "/account", one.access[number])
            welcome = self.model.use(one.model, number) is Said.WELCOME
            assert answer.status_code == (200 if welcome else 401), answer.text

    def _in_use(self) -> tuple[Real, int] | None:
        """A session that can ask for something now, and the number of an access token that is good."""
        good = (
            (one, number)
            for one in reversed(self.real)
            for number in sorted(one.access, reverse=True)
            if self.model.welcomes(one.model, number)
        )
        return next(good, None)

    def _asked(self, asking: tuple[Real, int], where: int) -> str:
        """What proves it, for a request that is sent now to a process that has heard of what was ended."""
        self.town.do(self.town.sites[where].catch_up())
        one, number = asking
        assert self.model.use(one.model, number) is Said.WELCOME
        return one.access[number]

    @rule(which=WHICH, where=st.integers(0, 1))
    def go_on(self, which: int, where: int) -> None:
        """As a client does all day: refresh with the present token, and use what it got."""
        self.refresh_with(which, 0, where)
        self.use(which, 0, 1 - where)

    @rule(which=WHICH, where=st.integers(0, 1), seconds=st.sampled_from((11, 10, 11, 1)))
    def come_back(self, which: int, where: int, seconds: int) -> None:
        """Its client has gone on, and somebody comes with the token of before: late, or a thief."""
        self.go_on(which, where)
        self.pass_time(seconds)
        self.refresh_with(which, 1, where)

    @rule(which=WHICH, where=st.integers(0, 1))
    def end_one(self, which: int, where: int) -> None:
        asking, ended = self._in_use(), self._pick(which)
        if asking is not None:
            token = self._asked(asking, where)
            lived = self.model.lives(ended.model)
            path = f"/v1/account/sessions/{ended.id}"
            answer = self._ask(where, "call", "DELETE", path, None, token)
            # One that was left alone for too long has not ended; it only does nothing any more.
            assert answer.status_code == 204 if lived else answer.status_code in {204, 404}
            self.model.end(ended.model)

    @rule(where=st.integers(0, 1), everyone=st.sampled_from((False, False, False, True)))
    def end_many(self, where: int, everyone: bool) -> None:
        asking = self._in_use()
        if asking is not None:
            token = self._asked(asking, where)
            path = "/account/sessions/end-all" if everyone else "/account/sessions/end-others"
            answer = self._ask(where, "post", path, None, token)
            assert answer.status_code == 200, answer.text
            self.model.end_all(None if everyone else asking[0].model)

    @rule(where=st.integers(0, 1))
    def change_the_password(self, where: int) -> None:
        asking = self._in_use()
        if asking is not None:
            token = self._asked(asking, where)
            new = f"{PASSWORD} and {len(self.real)} gulls"
            order = {"current_password": self.password, "password": new}
            answer = self._ask(where, "post", "/account/password", order, token)
            self.password = new
            self._opened(answer, self.model.replace_all(asking[0].model))

    @rule(which=WHICH)
    def refresh_while_it_is_ended(self, which: int) -> None:
        """On one process it is ended and on the other refreshed: one comes first, and it is over either way."""
        one, asking = self._pick(which), self._in_use()
        number = one.model.number
        if asking is None or number not in one.refresh or not self.model.lives(one.model):
            return
        here, there = self.town.sites
        token = self._asked(asking, 0)
        path = f"/v1/account/sessions/{one.id}"

        async def both() -> tuple[httpx.Response, httpx.Response]:
            ending = here.call("DELETE", path, None, token)
            return await asyncio.gather(ending, there.refresh(one.refresh[number]))

        ended, refreshed = self.town.do(both())
        assert ended.status_code == 204, ended.text
        if refreshed.status_code == 200:
            self._judge(refreshed, self.model.refresh(one.model, number), one)
            self.model.end(one.model)
        else:
            self.model.end(one.model)
            self._judge(refreshed, self.model.refresh(one.model, number), one)

    @rule(seconds=st.sampled_from(MOMENTS))
    def pass_time(self, seconds: int) -> None:
        self.site.clock.move(timedelta(seconds=seconds))
        self.model.pass_time(seconds)

    def teardown(self) -> None:
        """Every session's row is what the model has, and every living one goes on."""

        async def rows() -> list[Any]:
            reader = self.site.database.reader(ANONYMOUS)
            return [await reader.one(queries.STANDING, id=one.id) for one in self.real]

        for one, row in zip(self.real, self.town.do(rows()), strict=True):
            model = one.model
            assert (row.counter, row.confirmed, row.ended_at is not None) == (
                model.number,
                model.used,
                model.ended,
            )
