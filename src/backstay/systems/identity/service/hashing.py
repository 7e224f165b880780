"""Password hashes: argon2id in a pool of bounded memory, sealed with the pepper.

argon2 takes its memory for as long as it runs, so as many at once as a flood of sign-ins
likes would take the machine's. Here `hash_threads` run at once, `hash_queue` wait, and the
rest are refused. Unicode is normalised first (NFKC, as SP 800-63B-4 recommends), so that the
same password typed on another keyboard is the same; ASVS 6.2.8 prefers none.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from backstay.kernel.settings import Settings
from backstay.kernel.signing import Keys
from backstay.systems.identity.errors import Busy
from backstay.systems.identity.service.sealing import Sealer
from backstay.systems.identity.settings import IdentitySettings

P = ParamSpec("P")
T = TypeVar("T")

_PURPOSE: Final = "identity-pepper"
_NOBODY: Final = UUID(int=0)


def normalised(password: str) -> str:
    """The password as it is judged and hashed."""
    return unicodedata.normalize("NFKC", password)


class Passwords:
    """Makes and checks password hashes; one a process, held among the backend's parts."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        chosen = settings.module(IdentitySettings)
        self._hasher = PasswordHasher(
            time_cost=chosen.hash_passes, memory_cost=chosen.hash_memory, parallelism=1, type=Type.ID
        )
        peppers = [Keys(pepper.reveal().encode()) for pepper in chosen.peppers] or [keys]
        self._sealer = Sealer([pepper.derive(_PURPOSE) for pepper in peppers])
        self._pool = ThreadPoolExecutor(chosen.hash_threads, thread_name_prefix="argon2")
        self._most = chosen.hash_threads + chosen.hash_queue
        self._under_way = 0
        self._dummy: bytes | None = None
        self.checked = 0
        """Passwords that this process compared with a hash, for measurements and tests."""
        self.made = 0
        """Hashes that it made, likewise."""

    async def hash(self, user_id: UUID, password: str) -> bytes:
        """The sealed hash of a new password.

        Raises:
            Busy: too many are waiting.
        """
        return await self._run(self._hash, user_id, password)

    async def check(self, user_id: UUID, password: str, sealed: bytes | None) -> bool:
        """Whether it is the password of this person; without a hash it takes as long, and is not.

        Raises:
            Busy: too many are waiting.
        """
        if sealed is None:
            if self._dummy is None:
                self._dummy = await self.hash(_NOBODY, "nobody has this password")
            await self._run(self._check, _NOBODY, password, self._dummy)
            return False
        return await self._run(self._check, user_id, password, sealed)

    def is_dated(self, user_id: UUID, sealed: bytes) -> bool:
        """Whether a hash that has just held should be made anew: other costs, or an older pepper."""
        if not self._sealer.is_present(sealed):
            return True
        return self._hasher.check_needs_rehash(self._open(user_id, sealed))

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if self._under_way >= self._most:
            raise Busy
        self._under_way += 1
        try:
            call = partial(work, *arguments, **named)
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        finally:
            self._under_way -= 1

    def _hash(self, user_id: UUID, password: str) -> bytes:
        self.made += 1
        made = self._hasher.hash(normalised(password).encode("utf-8", "surrogatepass"))
        return self._sealer.seal(made.encode("ascii"), user_id.bytes)

    def _check(self, user_id: UUID, password: str, sealed: bytes) -> bool:
        self.checked += 1
        try:
            return self._hasher.verify(
                self._open(user_id, sealed), normalised(password).encode("utf-8", "surrogatepass")
            )
        except (VerificationError, InvalidHashError):
            return False

    def _open(self, user_id: UUID, sealed: bytes) -> str:
        return self._sealer.open(sealed, user_id.bytes).decode("ascii")
