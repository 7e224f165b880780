from __future__ import annotations

import pytest

from tests.tools.lints.support import MODULE, NOTES, found, places


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"{NOTES}/helpers.py", "helpers.py is no name of the module shape"),
        (f"{NOTES}/utils/text.py", "utils/ is no folder of the module shape"),
        ("src/backstay/systems/lonely/service.py", "this lies in no module"),
        ("src/backstay/products/loose.py", "this lies in no module"),
    ],
)
def test_shape_finds(path: str, message: str) -> None:
    files = {f"{NOTES}/module.py": "x = 1", path: "x = 1"}
    (finding,) = found("shape", files)
    assert finding.path == path
    assert message in finding.message


def test_shape_keeps_quiet() -> None:
    names = [
        "module.py",
        "service/search.py",
        "migrations/0001_start.py",
        "engines/redis.py",
        "__init__.py",
        "seed.py",
    ]
    files = {f"{NOTES}/{name}": "x = 1" for name in names}
    assert (
        found("shape", {**files, "src/backstay/systems/__init__.py": "", "src/backstay/kernel/odd.py": ""})
        == []
    )


def test_face() -> None:
    path = f"{NOTES}/__init__.py"
    good = '"""Notes, kept."""\n\nfrom backstay.systems.notes.contracts import Note\n\n__all__ = ["Note"]\n'
    assert found("face", {**MODULE, path: good}) == []
    assert places("face", {**MODULE, path: good + "\n" * 36}) == [(path, 41)]
    assert found("face", {**MODULE, path: good + "\n" * 35}) == []
    assert places("face", {**MODULE, path: "import x"}) == [(path, 1)]
    assert places("face", {**MODULE, path: good + "def helper(): ..."}) == [(path, 6)]


def test_foreign_key() -> None:
    path = f"{NOTES}/tables.py"
    own = 'Column("note_id", Uuid, ForeignKey("notes_notes.id", ondelete="CASCADE"))'
    assert found("foreign-key", {**MODULE, path: own}) == []
    assert places("foreign-key", {**MODULE, path: own.replace("notes_notes", "audit_records")}) == [(path, 1)]
    composite = 'sa.ForeignKeyConstraint(["a", "b"],\n ["notes_notes.a", "audit_records.b"])'
    assert places("foreign-key", {**MODULE, path: composite}) == [(path, 1)]
