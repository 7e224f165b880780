"""Finding the user's list of modules."""

import sys
from pathlib import Path

import pytest

from backstay.kernel.settings import SettingsError
from backstay.kernel.settings.composition import configured_modules

SHOP = """
from backstay.kernel.module import Module
MODULES = [Module(name="shop", summary="Sells.", package="backstay")]
WRONG = ["shop"]
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    monkeypatch.delitem(sys.modules, "shop_app", raising=False)
    (tmp_path / "shop_app.py").write_text(SHOP)


def test_none_are_named() -> None:
    assert configured_modules({}) is None


def test_the_file_names_them(tmp_path: Path) -> None:
    (tmp_path / "backstay.toml").write_text('[app]\nmodules = "shop_app:MODULES"\n')
    modules = configured_modules({})
    assert modules is not None
    assert [module.name for module in modules] == ["shop"]


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "backstay.toml").write_text('[app]\nmodules = "nowhere:MODULES"\n')
    modules = configured_modules({"BACKSTAY_APP_MODULES": "shop_app:MODULES"})
    assert modules is not None
    assert [module.name for module in modules] == ["shop"]


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("shop_app", "must be written package.module:NAME (it is 'shop_app')"),
        ("nowhere.at_all:MODULES", "there is no such Python module"),
        ("shop_app:MODULE", "names 'MODULE', which shop_app does not have; did you mean MODULES?"),
        ("shop_app:WRONG", "must name a list of backstay.Module, and shop_app:WRONG is none"),
    ],
)
def test_a_name_that_leads_nowhere_is_told(reference: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        configured_modules({"BACKSTAY_APP_MODULES": reference})
    (problem,) = caught.value.problems
    assert (problem.setting, problem.source) == ("app.modules", "environment BACKSTAY_APP_MODULES")
    assert words in problem.words


def test_a_broken_import_inside_the_project_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "shop_app.py").write_text("import not_installed_anywhere\n")
    with pytest.raises(ModuleNotFoundError, match="not_installed_anywhere"):
        configured_modules({"BACKSTAY_APP_MODULES": "shop_app:MODULES"})
