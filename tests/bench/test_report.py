from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench.harness import report
from bench.harness.model import Result, Start, Survival
from tests.bench.rounds import result, round_

ROUNDS = [
    round_(contender, number, cpu=cpu)
    for number, (ours, peer) in enumerate([(0.20, 0.50), (0.22, 0.66), (0.21, 0.42)], start=1)
    for contender, cpu in (("ours", ours), ("peer", peer))
]


def line(text: str, start: str) -> str:
    """The one line of a text that starts so."""
    (found,) = [one for one in text.splitlines() if one.startswith(start)]
    return found


def test_a_workload_shows_medians_ranges_and_the_ratio_of_each_round() -> None:
    text = report.section(result(ROUNDS))
    assert line(text, "| backstay") == (
        "| backstay | 210 (200-220) | 1.00 (1.00-1.00) | 1000 (1000-1000) | 2.00 (2.00-2.00) "
        "| 9.00 (9.00-9.00) | 100 (100-100) | 50.0 (50.0-50.0) | 3 |"
    )
    assert "| Peer | 500 (420-660) | 2.50 (2.00-3.00) |" in text


def test_a_workload_that_did_not_run_is_not_shown() -> None:
    text = report.section(result(ROUNDS))
    assert "### get: one item" in text
    assert "### list" not in text


def test_each_aim_stands_beside_what_was_found() -> None:
    assert "| Peer | 2.0 | 2.50 (met) |" in report.section(result(ROUNDS))
    slower = [round_("ours", 1, cpu=0.3), round_("peer", 1, cpu=0.5)]
    assert "| Peer | 2.0 | 1.67 (missed) |" in report.section(result(slower))


def test_without_ours_there_are_neither_ratios_nor_aims() -> None:
    text = report.section(result([round_("peer", 1, cpu=0.5)]))
    assert "| Peer | 500 (500-500) | - |" in text
    assert "Aims" not in text


def test_void_and_disturbed_rounds_are_named() -> None:
    rounds = [
        round_("ours", 1, cpu=0.2),
        round_("peer", 1, cpu=0.5, fault="7 of 1000 answers were errors", foreign=0.25),
    ]
    text = report.section(result(rounds))
    assert "- 1 of 2 rounds count." in text
    assert "- Void: get, round 1, peer: 7 of 1000 answers were errors." in text
    assert "- Other programs took more than 10% of a core in 1 rounds; at most 25%." in text


def test_lost_rows_are_told() -> None:
    survivors = {"ours": Survival(before=12, after=12), "peer": Survival(before=12, after=11)}
    text = report.section(result(ROUNDS, survivors=survivors))
    assert "- backstay: 12 rows at the end; after killing the server and PostgreSQL, all there." in text
    assert "- Peer: 12 rows at the end; after killing the server and PostgreSQL, only 11 there." in text


def test_starts_are_shown_in_seconds_and_megabytes() -> None:
    starts = [Start(contender="ours", seconds=seconds, resident=60_000_000) for seconds in (0.8, 0.7, 0.9)]
    assert "| backstay | 0.80 (0.70-0.90) | 60.0 (60.0-60.0) | 3 |" in report.section(result(ROUNDS, starts))


def test_the_conditions_name_command_commit_and_versions() -> None:
    text = report.section(result(ROUNDS))
    assert "- `python -m bench run demo`, 2026-01-02T03:04:05+00:00, commit abc" in text
    assert "- 8 connections, closed loop; 3 rounds of 1 s, one contender after the other in each" in text
    assert "- Peer: node 24" in text


def test_a_section_replaces_its_predecessor_and_leaves_the_others() -> None:
    text = "# Results\n\n## Other\n\nold\n\n## Demo\n\nold\n\n## Third\n\nkept\n"
    assert report.replace_section(text, "## Demo\n\nnew\n") == (
        "# Results\n\n## Other\n\nold\n\n## Demo\n\nnew\n\n## Third\n\nkept\n"
    )


def test_a_section_at_the_end_is_replaced_as_well() -> None:
    assert report.replace_section("# R\n\n## Demo\n\nold\n", "## Demo\n\nnew\n") == "# R\n\n## Demo\n\nnew\n"


def test_a_new_section_goes_to_the_end() -> None:
    assert report.replace_section("# Results\n", "## Demo\n\nnew\n") == "# Results\n\n## Demo\n\nnew\n"


def test_writing_twice_leaves_one_section(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    report.write(result(ROUNDS), path)
    once = path.read_text()
    report.write(result(ROUNDS), path)
    assert path.read_text() == once
    assert once.count("## Demo") == 1
    assert once.startswith("# Results\n")


def test_the_raw_result_is_kept_whole(tmp_path: Path) -> None:
    kept = result(ROUNDS, [Start(contender="ours", seconds=0.8, resident=1)], {"ours": Survival(1, 1)})
    path = report.save(kept, tmp_path / "results")
    assert path.name == "demo-20260102T030405.json"
    assert msgspec.json.decode(path.read_bytes(), type=Result) == kept


@pytest.mark.parametrize(("median", "shown"), [(1234.5, "1234 "), (12.34, "12.3 "), (1.234, "1.23 ")])
def test_figures_keep_three_digits_or_so(median: float, shown: str) -> None:
    cpu = median / 1000
    assert f"| Peer | {shown}" in report.section(result([round_("peer", 1, cpu=cpu)]))
