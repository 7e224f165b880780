"""The artifact and JUnit tell the same results, and so does the terminal."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.console import Console

from backstay.proving.outputs.junit import write_junit
from backstay.proving.outputs.terminal import Progress, show
from backstay.proving.results import (
    KEPT,
    Proof,
    exit_status,
    load,
    store,
    write_json,
)

from .samples import planted, proof, result


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([result()], 0),
        ([result(), result("weaker"), result("not-applicable")], 0),
        ([result(), result("violated")], 1),
        ([result(), result("inconclusive")], 2),
        ([result("violated"), result("inconclusive")], 1),
        ([planted(caught=True)], 0),
        ([planted(caught=True), planted(caught=False)], 1),
        ([], 2),
    ],
)
def test_exit_status(results: Any, status: int) -> None:
    assert exit_status([proof(*results)]) == status


def test_the_artifact_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    one = proof(result("violated"), planted(caught=True))
    write_json(tmp_path / "deep" / "proof.json", [one])
    assert load(tmp_path / "deep" / "proof.json") == one
    raw = msgspec.json.decode((tmp_path / "deep" / "proof.json").read_bytes())
    assert raw["schema"] == "backstay.proof/1"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["proof.json"], "no draft is left"


def test_proofs_of_several_engines_are_a_list(tmp_path: Path) -> None:
    write_json(tmp_path / "proof.json", [proof(result()), proof(result(), engine="postgres")])
    assert [each["engine"] for each in msgspec.json.decode((tmp_path / "proof.json").read_bytes())] == [
        "sqlite",
        "postgres",
    ]


def test_the_newest_proofs_are_kept_for_the_console(tmp_path: Path) -> None:
    for second in range(KEPT + 2):
        moment = datetime(2026, 1, 1, 0, second // 60, second % 60, tzinfo=UTC)
        store(tmp_path, proof(result(), started_at=moment))
    other = store(tmp_path, proof(planted(caught=True)))
    names = sorted(path.name for path in (tmp_path / "proofs").iterdir())
    assert len(names) == KEPT + 1
    assert names[0] == "20260101T000002000000Z-sqlite.json"
    assert names[-2] == "20260101T000051000000Z-sqlite.json"
    assert other.name == "20260102T030405000678Z-sqlite-sabotage.json"


def test_junit_tells_failures_errors_and_skips_apart(tmp_path: Path) -> None:
    path = tmp_path / "out" / "junit.xml"
    write_junit(
        path,
        [
            proof(result(), result("violated"), result("inconclusive"), result("not-applicable")),
            proof(planted(caught=True), planted(caught=False)),
        ],
    )
    first, second = ET.parse(path).getroot()
    assert first.attrib == {
        "name": "guarantees on SQLite 3.40.1",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "time": "2.500",
        "timestamp": "2026-01-02T03:04:05+00:00",
    }
    assert [[child.tag for child in case] for case in first] == [
        ["system-out"],
        ["failure", "system-out"],
        ["error", "system-out"],
        ["skipped", "system-out"],
    ]
    failure = first[1][0]
    assert failure.attrib["type"] == "violated"
    assert failure.text == "replay: backstay prove --guarantee rope-holds --engine sqlite --seed 7"
    assert second.attrib["name"] == "guarantees on SQLite 3.40.1 with planted bugs"
    assert [case.attrib["name"] for case in second] == ["rope-holds/1", "rope-holds/1"]
    assert [len(case) for case in second] == [1, 2]
    assert second[1][0].attrib["message"].startswith("NOT CAUGHT: cut the rope. held for 1 trial")


def told(*proofs: Proof) -> str:
    written = io.StringIO()
    show(Console(file=written, width=120, force_terminal=False), proofs)
    return written.getvalue()


def test_the_table_tells_every_verdict_and_in_full_what_failed() -> None:
    text = told(proof(result(), result("violated"), result("inconclusive")))
    assert "SQLite 3.40.1, seed 7, commit abc, 2 s" in text
    assert re.search(r"held +rope-holds +1 trial, SIGKILL +30 +1\.2", text)
    assert re.search(r"violated +rope-holds +it snapped +30 +1\.2", text)
    assert text.count("promised: The rope <holds>.") == 2
    assert "rope-holds on sqlite: violated for 1 trial" in text
    assert "101.5 ms  client 1 -> server 1: POST /x a2: 201 {'value': 1} (1.0 ms)" in text
    assert "replay: backstay prove --guarantee rope-holds --engine sqlite --seed 7" in text
    assert "100 %" not in text


def test_the_table_of_planted_bugs_tells_which_were_caught() -> None:
    text = told(proof(planted(caught=True), planted(caught=False)))
    assert text.count("NOT CAUGHT") == 1
    assert text.count("cut the rope") == 2


EVENTS: list[dict[str, Any]] = [
    {
        "event": "run",
        "engine_version": "SQLite 3.40.1",
        "seed": 7,
        "commit": "abc",
        "sabotage": False,
        "guarantees": ["rope-holds"],
    },
    {"event": "started", "guarantee": "rope-holds", "sabotage": None},
    {
        "event": "progress",
        "guarantee": "rope-holds",
        "sabotage": None,
        "trial": 1,
        "trials": 2,
        "ok": 5,
        "fail": 0,
        "info": 1,
    },
    {
        "event": "mark",
        "guarantee": "rope-holds",
        "sabotage": None,
        "lane": "server 1",
        "kind": "kill",
        "detail": "",
    },
    {"event": "verdict", "guarantee": "rope-holds", "sabotage": None, "outcome": "held", "duration": 1.5},
    {"event": "kept", "folder": "/tmp/run-1"},
]


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_ends_in_one_line_a_verdict(terminal: bool) -> None:
    written = io.StringIO()
    with Progress(Console(file=written, width=120, force_terminal=terminal)) as progress:
        for event in EVENTS:
            progress(event)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written.getvalue())
    assert "trying 1 guarantee on SQLite 3.40.1, seed 7, commit abc" in text
    assert re.search(r"held +rope-holds +1\.5 s", text)
    assert ("trial 1 of 2" in text) is False or terminal
