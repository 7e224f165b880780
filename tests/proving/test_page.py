"""The page and its drawings."""

from __future__ import annotations

import re

import pytest

from backstay.proving.outputs.drawing import WIDTH, draw
from backstay.proving.outputs.page import render
from backstay.proving.results import (
    Operations,
)

from .samples import planted, proof, result, shown


def test_the_page_is_one_file_that_loads_nothing() -> None:
    page = render([proof(result(), result("violated")), proof(planted(caught=False))])
    assert not re.search(r"(src|href)\s*=|url\(|@import|<script", page)
    assert "The rope &lt;holds&gt;." in page
    assert "The rope <holds>." not in page
    assert page.count("<details open>") == 2, "what somebody has to look at is open"
    assert page.count("<details>") == 1
    assert "3 of 30 operations drawn" in page
    assert "not caught" in page
    assert "no answer within 10 s" in page


def test_a_run_is_drawn_to_scale_within_its_bounds() -> None:
    drawing = draw(result("violated"))
    server, client = drawing.rows
    assert (server.label, client.label) == ("server 1", "client 1")
    assert [bar.kind for bar in server.bars] == ["up"], "starting up, before anything was asked, is not drawn"
    assert [(flag.kind, flag.label) for flag in server.flags] == [("kill", "kill"), ("exit", "")]
    assert [(bar.kind, bar.evidence) for bar in client.bars] == [("ok", False), ("ok", True), ("info", False)]
    edges = [edge for row in drawing.rows for bar in row.bars for edge in (bar.x, bar.x + bar.width)]
    assert min(edges) >= 150
    assert max(edges) <= 150 + WIDTH + 3
    first, second, third = client.bars
    assert first.x < second.x < third.x
    assert drawing.squeezes == ()


def test_idle_time_is_squeezed() -> None:
    operations = Operations(
        total=2, ok=2, fail=0, info=0, shown=(shown(1, 0.0, 10.0), shown(2, 5000.0, 10.0))
    )
    drawing = draw(result(operations=operations, lanes=()))
    (squeeze,) = drawing.squeezes
    assert squeeze.width == pytest.approx(WIDTH * 0.04)
    assert "ms in which nothing was asked" in squeeze.title
    (row,) = drawing.rows
    assert all(bar.width > WIDTH * 0.05 for bar in row.bars)


def test_clients_of_later_trials_take_the_rows_of_earlier_ones() -> None:
    operations = tuple(
        shown(number, at, lane=lane)
        for number, (lane, at) in enumerate(
            [("client 1", 0.0), ("client 2", 0.5), ("client 3", 10.0), ("client 4", 20.0), ("reader", 30.0)],
            1,
        )
    )
    drawing = draw(result(operations=Operations(total=5, ok=5, fail=0, info=0, shown=operations), lanes=()))
    assert [row.label for row in drawing.rows] == ["client 1 … 4", "client 2", "reader"]
