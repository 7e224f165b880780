"""Builds the list of well-known passwords that the identity system refuses.

Its sources are two published lists, both made of real breaches: the 30,000 passwords of zxcvbn
(MIT) and the 20,000 of Django (BSD-3-Clause). Fetch the wheels, unpack them, and run

    python -m tools.build_common_passwords <django>/contrib/auth/common-passwords.txt.gz <zxcvbn folder>

The list ships as digests, sorted, so that it stays small and is looked up without being loaded
into a set: the first 5 bytes of each password's SHA-256. Of a million passwords that are not on
it, fewer than one is taken for one that is.
"""

from __future__ import annotations

import gzip
import importlib.util
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

TARGET: Final = Path("src/backstay/systems/identity/static/common-passwords.bin")
SHORTEST: Final = 4
DIGEST_BYTES: Final = 5


def main(django: Path, zxcvbn: Path) -> None:
    """Write the list."""
    words = set(gzip.decompress(django.read_bytes()).decode().splitlines())
    spec = importlib.util.spec_from_file_location("frequency_lists", zxcvbn / "frequency_lists.py")
    assert spec is not None
    assert spec.loader is not None
    lists = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lists)
    words |= set(lists.FREQUENCY_LISTS["passwords"])
    kept = {word.strip().casefold() for word in words}
    digests = sorted(sha256(word.encode()).digest()[:DIGEST_BYTES] for word in kept if len(word) >= SHORTEST)
    TARGET.write_bytes(b"".join(digests))
    sys.stdout.write(f"{len(digests)} passwords, {TARGET.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
