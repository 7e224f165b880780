"""The deployment's keys: from the settings, or generated once and kept beside the data."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from backstay.kernel.settings.tree import Settings
from backstay.kernel.signing import Keys

KEY_FILE: Final = "secret.key"


def deployment_keys(settings: Settings) -> Keys:
    """The keys of this deployment.

    Outside production a missing `app.secret_key` is generated once into
    `<data_dir>/secret.key`, readable by its owner only; every process finds the same one.

    Raises:
        OSError: the file can be neither read nor written.
    """
    configured = settings.app.secret_key
    if configured is not None:
        return Keys(configured.reveal().encode())
    return Keys(generated_once(settings.app.data_dir / KEY_FILE).encode())


def generated_once(path: Path) -> str:
    """The random text that the file holds; made, mode 0600, by whoever comes first.

    The file appears whole or not at all, so that processes that start together agree.

    Raises:
        OSError: the file can be neither read nor written.
    """
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first; its text counts
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
