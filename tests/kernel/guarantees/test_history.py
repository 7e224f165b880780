"""Histories: operations end once, faults are marked, waiting ends with what is waited for."""

from __future__ import annotations

import asyncio

import pytest

from backstay.kernel.guarantees import Ended, History, LabError, Lane, Mark, Operation


def test_operations_end_acknowledged_refused_or_unknown() -> None:
    told: list[Operation | Mark] = []
    history = History(told.append)
    ops = [history.invoke(lane="client 1", server="server 1", name="POST /x", about=n) for n in range(4)]
    history.end(ops[0], Ended.OK, status=201, answer={"id": 1})
    history.end(ops[1], Ended.FAIL, status=409)
    history.end(ops[2], Ended.INFO, error="no answer")

    assert [op.id for op in history] == [1, 2, 3, 4]
    assert history.acknowledged() == [ops[0]]
    assert history.refused() == [ops[1]]
    assert history.indeterminate() == [ops[2], ops[3]], "what has not ended may have had its effect too"
    assert history.acknowledged("GET /x") == []
    assert told == ops[:3]
    assert ops[0].invoked_ns <= ops[1].invoked_ns <= (ops[0].ended_ns or 0)


def test_marks_and_lanes_are_kept_in_order() -> None:
    history = History()
    assert history.lane("server 1", "server") == "server 1"
    history.lane("server 1", "server")
    history.trial = 2
    mark = history.mark("server 1", "kill", "why")
    assert history.lanes == [Lane("server 1", "server")]
    assert history.marks == [mark]
    assert (mark.kind, mark.detail, mark.trial) == ("kill", "why", 2)


async def test_until_returns_when_something_made_it_true() -> None:
    history = History()
    op = history.invoke(lane="c", server="s", name="n")
    waiting = asyncio.create_task(history.until("one", lambda: bool(history.acknowledged())))
    await asyncio.sleep(0)
    assert not waiting.done()
    history.end(op, Ended.OK)
    await waiting


async def test_until_gives_up_and_says_what_it_waited_for() -> None:
    with pytest.raises(LabError, match=r"waited 0\.01 s in vain for rain"):
        await History().until("rain", lambda: False, deadline=0.01)
