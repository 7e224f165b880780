"""Every setting of the house takes text, or says what is wrong with it: none is a trap for whoever sets it first."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from backstay.app import MODULES
from backstay.kernel.module import Module
from backstay.kernel.settings import SettingsError, load
from backstay.kernel.settings.fields import fields_of, show

FIELDS = [
    pytest.param(module, f"BACKSTAY_{module.name}_{field.name}".upper(), id=f"{module.name}.{field.name}")
    for module in MODULES
    if module.settings is not None
    for field in structs.fields(module.settings)
]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("module", "variable"), FIELDS)
def test_any_text_is_taken_or_refused_by_name(module: Module, variable: str) -> None:
    for text in ("1", "-1", "no such value", "[]", "{}"):
        refused: list[str] = []
        taken: list[str] = []
        try:
            taken += load([module], {variable: text}, None).provenance.values()
        except SettingsError as error:
            refused += map(str, error.problems)
        assert taken == ([] if refused else [f"environment {variable}"])
        assert [one for one in refused if variable not in one] == []


def test_every_duration_and_size_is_read_as_it_is_shown() -> None:
    units = set()
    for module in MODULES:
        for field in fields_of(module.name, module.settings) if module.settings is not None else ():
            if field.hint.unit is None or field.default is None or module.settings is None:
                continue
            read = load([module], {field.variable: show(field.default, field.hint)}, None)
            assert getattr(read.module(module.settings), field.attribute) == field.default
            units.add(field.hint.unit)
    assert units == {"seconds", "bytes"}
