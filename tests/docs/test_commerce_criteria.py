"""The ledger of commerce names each criterion once, with tests and guarantees that exist."""

from __future__ import annotations

import re
from collections import Counter

from backstay.app import MODULES
from tests.docs.test_asvs import ROOT, names_in

PAGE = (ROOT / "docs/commerce-criteria.md").read_text(encoding="utf-8")
LINES: list[tuple[str, str, str]] = re.findall(r"(?m)^\| ([A-F]\d) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", PAGE)
OURS = {
    "pricing",
    "shops",
    "catalog",
    "inventory",
    "coupons",
    "giftcards",
    "drops",
    "carts",
    "orders",
    "payments",
    "reviews",
    "wishlists",
}
NOT_ASKED_FOR = {
    "a-groups-prices-are-its-members",
    "facets-count-the-lists",
    "imports-resume-and-undo-exactly",
    "carts-are-their-owners",
    "merging-loses-no-line",
    "payments-money-adds-up",
    "ratings-are-what-reviews-say",
    "a-wish-is-in-one-place",
    "a-carts-goods-are-held",
    "gift-cards-pay-once",
    "a-drop-lets-in-its-number",
}
"""Promises of ours that no criterion names."""


def test_every_criterion_is_there_once_and_in_order() -> None:
    counts = {"A": 6, "B": 6, "C": 6, "D": 6, "E": 6, "F": 8}
    expected = [f"{part}{number}" for part, count in counts.items() for number in range(1, count + 1)]
    assert [number for number, _, _ in LINES] == expected


def test_the_counts_are_right() -> None:
    counts = Counter(standing for _, standing, _ in LINES)
    assert set(counts) <= {"shown", "differs"}
    assert f"{counts['shown']} are shown, in {counts['differs']} we differ." in PAGE


def test_what_is_named_exists() -> None:
    for number, standing, how in LINES:
        tests = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", how)
        assert how.count("::") == len(tests), number
        assert [name for path, name in tests if name not in names_in(path)] == [], number
        guarantees = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", how))
        known = {guarantee.name for module in MODULES for guarantee in module.guarantees}
        assert guarantees <= known, number
        assert tests or guarantees, number
        if standing != "shown":
            assert len(re.sub(r"`[^`]+`", "", how).strip(" ,;.")) > 40, f"{number} wants a reason"


def test_every_guarantee_of_commerce_is_named() -> None:
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE))
    ours = {guarantee.name for module in MODULES if module.name in OURS for guarantee in module.guarantees}
    assert ours - named == NOT_ASKED_FOR
