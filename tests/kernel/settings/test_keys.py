"""Keys that are generated once."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backstay.kernel.settings import deployment_keys, generated_once, load
from backstay.kernel.signing import Keys


def test_a_configured_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    settings = load(environ={"BACKSTAY_APP_SECRET_KEY": "k" * 32, "BACKSTAY_APP_DATA_DIR": str(tmp_path)})
    assert deployment_keys(settings).derive("x") == Keys(b"k" * 32).derive("x")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = load(environ={"BACKSTAY_APP_DATA_DIR": str(tmp_path / "var")})
    first = deployment_keys(settings).derive("x")
    file = tmp_path / "var" / "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().strip()) == 64
    assert deployment_keys(settings).derive("x") == first
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    path = tmp_path / "once"
    code = (
        "import sys; from pathlib import Path; from backstay.kernel.settings import generated_once; "
        "print(generated_once(Path(sys.argv[1])))"
    )
    racers = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    texts = {racer.communicate(timeout=100)[0].strip() for racer in racers}
    assert texts == {path.read_text().strip()}


def test_an_unreadable_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(IsADirectoryError):
        generated_once(tmp_path / "secret.key")
