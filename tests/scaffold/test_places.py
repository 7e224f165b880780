"""Where a module goes, and how it joins the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.scaffold import places
from backstay.scaffold.fields import ScaffoldError

APP = '''"""The list."""

import backstay

MODULES = [
    *backstay.modules(),
]
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "app.py").write_text(APP)
    (tmp_path / "backstay.toml").write_text('[app]\nmodules = "shop.app:MODULES"\n')
    return tmp_path


def test_a_module_of_a_project(project: Path) -> None:
    place = places.find("lead", "systems")

    assert place == places.Place(
        folder=Path("shop/lead"),
        package="shop.lead",
        tests=Path("tests/test_lead.py"),
        app=Path("shop/app.py"),
        variable="MODULES",
        ours=False,
    )
    assert places.register(place, "lead")
    assert (project / "shop/app.py").read_text() == APP.replace(
        "import backstay\n", "import backstay\nfrom shop.lead.module import module as lead\n"
    ).replace("    *backstay.modules(),\n", "    *backstay.modules(),\n    lead,\n")


def test_a_module_of_the_house(project: Path) -> None:
    (project / "src/backstay/kernel").mkdir(parents=True)
    (project / "src/backstay/app.py").write_text(APP)

    place = places.find("invoice", "products")

    assert (place.package, place.ours) == ("backstay.products.invoice", True)
    assert place.tests == Path("tests/products/invoice/test_invoice.py")


@pytest.mark.parametrize(
    "app", ["MODULES = []\n", "import x\nMODULES = make()\n", "import x\nMODULES = [a]\n"]
)
def test_a_list_written_otherwise_is_left_alone(project: Path, app: str) -> None:
    (project / "shop/app.py").write_text(app)

    assert not places.register(places.find("lead", "systems"), "lead")
    assert (project / "shop/app.py").read_text() == app


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (None, "there is no backstay.toml here"),
        ("[app", "backstay.toml is not valid TOML"),
        ("[app]\n", "backstay.toml names no modules"),
        ('[app]\nmodules = "app:MODULES"\n', "it should name a module in a package"),
        ('[app]\nmodules = "wiki.app:MODULES"\n', "wiki/app.py does not exist"),
    ],
)
def test_a_folder_that_is_no_project(project: Path, settings: str | None, words: str) -> None:
    file = project / "backstay.toml"
    file.unlink()
    if settings is not None:
        file.write_text(settings)

    with pytest.raises(ScaffoldError) as refusal:
        places.find("lead", "systems")

    assert words in str(refusal.value)


def test_the_house_does_not_import_its_own_face() -> None:
    text = "from backstay import Card, Module, get\nfrom backstay import (\n    Reader,\n    uuid7,\n)\nimport x\n"

    assert places.house_imports(text) == (
        "from backstay.kernel.http import get\n"
        "from backstay.kernel.module import Card, Module\n"
        "from backstay.kernel.database import Reader\n"
        "from backstay.kernel.ids import uuid7\n"
        "import x\n"
    )
