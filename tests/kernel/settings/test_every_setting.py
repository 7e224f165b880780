"""Every setting of the house takes text, or says what is wrong with it: none is a trap for whoever sets it first."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from backstay.app import MODULES
from backstay.kernel.settings import SettingsError, load

FIELDS = [
    f"{module.name}_{field.name}".upper()
    for module in MODULES
    if module.settings is not None
    for field in structs.fields(module.settings)
]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("text", ["1", "-1", "no such value", "[]", "{}"])
@pytest.mark.parametrize("field", FIELDS)
def test_any_text_is_taken_or_refused_by_name(field: str, text: str) -> None:
    variable = f"BACKSTAY_{field}"
    refused: list[str] = []
    taken: list[str] = []
    try:
        taken += load(MODULES, {variable: text}, None).provenance.values()
    except SettingsError as error:
        refused += map(str, error.problems)
    assert taken == ([] if refused else [f"environment {variable}"])
    assert [one for one in refused if variable not in one] == []
