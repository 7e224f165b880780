"""The golden baskets: what any client of any language has to come to."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from backstay.products.commerce.pricing import Basket, price
from tools.pricing_vectors import VECTORS, filled

TEXT = VECTORS.read_text("utf-8")


@pytest.mark.parametrize("vector", json.loads(TEXT), ids=lambda vector: vector["name"])
def test_totals_are_those_of_the_file(vector: dict[str, Any]) -> None:
    totals = price(msgspec.convert(vector["basket"], Basket))
    assert json.loads(msgspec.json.encode(totals)) == vector["totals"]


def test_the_file_is_as_its_tool_writes_it() -> None:
    assert filled(TEXT) == TEXT


def test_names_are_not_given_twice() -> None:
    names = [vector["name"] for vector in json.loads(TEXT)]
    assert len(set(names)) == len(names) == 26
