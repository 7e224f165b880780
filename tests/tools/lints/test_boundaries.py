from __future__ import annotations

import pytest

from tests.tools.lints.support import MODULE, NOTES, found, places
from tools.lints.source import Finding


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/backstay/kernel/clock.py", "from backstay.kernel.ids import uuid7"),
        ("src/backstay/systems/notes/service.py", "from backstay.systems.audit import record"),
        ("src/backstay/products/chat/service.py", "from backstay.systems.audit import record"),
        ("src/backstay/proving/lab.py", "from backstay.kernel.guarantees import Lab"),
        ("src/backstay/app.py", "from backstay.products.chat import module\nimport backstay.proving"),
        ("src/backstay/kernel/clock.py", "import time\nfrom sqlalchemy import Table"),
    ],
)
def test_rings_keep_quiet(path: str, text: str) -> None:
    assert found("rings", {path: text}) == []


@pytest.mark.parametrize(
    ("path", "text", "advice"),
    [
        ("src/backstay/kernel/clock.py", "from backstay.systems import notes", "move the shared part down"),
        ("src/backstay/kernel/clock.py", "import backstay.app", "take what is needed as an argument"),
        ("src/backstay/kernel/clock.py", "from backstay import Module", "take what is needed as an argument"),
        ("src/backstay/kernel/http/a.py", "from ...systems.notes import Note", "move the shared part down"),
        ("src/backstay/systems/notes/service.py", "from backstay.products.chat import Chat", "subscribe"),
        ("src/backstay/systems/notes/guarantees.py", "from backstay.proving import Lab", "kernel.guarantees"),
        ("src/backstay/proving/lab.py", "import backstay.systems.notes", "move the shared part down"),
        (
            "src/backstay/kernel/clock.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import backstay.products",
            "products",
        ),
    ],
)
def test_rings_find(path: str, text: str, advice: str) -> None:
    (finding,) = found("rings", {path: text})
    assert (finding.path, finding.line) == (path, len(text.splitlines()))
    assert advice in finding.message


DATABASE = {
    "src/backstay/kernel/database/__init__.py": "from backstay.kernel.database.statement import statement",
    "src/backstay/kernel/database/statement.py": "",
    "src/backstay/kernel/database/engine.py": "from backstay.kernel.database import statement",
    f"{NOTES}/queries.py": "",
    f"{NOTES}/testing.py": "",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/backstay/systems/audit/service.py", "from backstay.systems.notes import Note, create"),
        ("src/backstay/systems/audit/service.py", "from backstay.kernel.database import statement"),
        (f"{NOTES}/service.py", "from backstay.systems.notes import queries"),
        (f"{NOTES}/service.py", "from backstay.systems.notes.queries import GET"),
        ("src/backstay/app.py", "from backstay.systems.notes.module import module"),
    ],
)
def test_privacy_keeps_quiet(path: str, text: str) -> None:
    assert found("privacy", {**MODULE, **DATABASE, path: text}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/backstay/systems/audit/service.py", "from backstay.systems.notes import queries"),
        ("src/backstay/systems/audit/service.py", "from backstay.systems.notes.queries import GET"),
        ("src/backstay/systems/audit/service.py", "import backstay.systems.notes.queries"),
        ("src/backstay/systems/audit/service.py", "from backstay.systems.notes.module import module"),
        ("src/backstay/systems/audit/service.py", "from backstay.systems.notes.testing import notes"),
        ("src/backstay/systems/audit/service.py", "from backstay.kernel.database.statement import statement"),
        ("src/backstay/systems/audit/service.py", "from backstay.kernel.database import engine"),
        ("src/backstay/kernel/http.py", "from backstay.kernel.database.engine import Engine"),
        ("src/backstay/app.py", "from backstay.systems.notes.queries import GET"),
    ],
)
def test_privacy_finds(path: str, text: str) -> None:
    (finding,) = found("privacy", {**MODULE, **DATABASE, path: text})
    assert (finding.path, finding.line) == (path, 1)
    assert "import the name from the package itself" in finding.message


def test_a_product_may_be_a_folder_of_modules() -> None:
    shop = "src/backstay/products/commerce"
    files = {
        f"{shop}/catalog/module.py": "",
        f"{shop}/catalog/queries.py": "",
        f"{shop}/__init__.py": "'''Shop.'''",
    }
    use = f"{shop}/orders/service.py"
    orders = {**files, f"{shop}/orders/module.py": ""}
    assert places(
        "privacy", {**orders, use: "from backstay.products.commerce.catalog.queries import GET"}
    ) == [(use, 1)]
    assert found("privacy", {**orders, use: "from backstay.products.commerce.catalog import price"}) == []
    assert found("shape", orders) == [
        Finding(path, 1, "an empty file: delete it; a file of the shape may be absent, never empty")
        for path in (f"{shop}/catalog/module.py", f"{shop}/catalog/queries.py", f"{shop}/orders/module.py")
    ]


@pytest.mark.parametrize(
    ("file", "imported"),
    [
        ("service", "queries"),
        ("http", "service"),
        ("queries", "tables"),
        ("errors", "contracts"),
        ("module", "http"),
    ],
)
def test_order_keeps_quiet(file: str, imported: str) -> None:
    text = f"from backstay.systems.notes import {imported}"
    assert found("order", {**MODULE, f"{NOTES}/{file}.py": text}) == []


@pytest.mark.parametrize(
    ("file", "imported"),
    [
        ("queries", "service"),
        ("service", "http"),
        ("contracts", "tables"),
        ("events", "service"),
        ("http", "jobs"),
    ],
)
@pytest.mark.parametrize(
    "spelling", ["from backstay.systems.notes import {}", "from backstay.systems.notes.{} import x"]
)
def test_order_finds(file: str, imported: str, spelling: str) -> None:
    (finding,) = found("order", {**MODULE, f"{NOTES}/{file}.py": spelling.format(imported)})
    assert finding.message.startswith(f"{file} may not import {imported} of its own module")


def test_cycles() -> None:
    files = {
        f"src/backstay/systems/{name}/{file}.py": text
        for name, file, text in [
            ("a", "module", ""),
            ("b", "module", ""),
            ("c", "module", ""),
            ("a", "service", "from backstay.systems.b import x"),
            ("b", "service", "from backstay.systems.c import x"),
        ]
    }
    assert found("cycles", files) == []
    closing = "src/backstay/systems/c/http.py"
    (finding,) = found("cycles", {**files, closing: "\nfrom backstay.systems.a import x"})
    assert (finding.path, finding.line) == (closing, 2)
    assert "a -> b -> c -> a; let one of them publish an event" in finding.message


def test_requires() -> None:
    use = f"{NOTES}/service.py"
    files = {**MODULE, use: "import os\nfrom backstay.systems.audit import record"}
    assert places("requires", files) == [(use, 2)]
    named = {**files, f"{NOTES}/module.py": 'module = Module(name="notes", requires=["audit"])'}
    assert found("requires", named) == []
