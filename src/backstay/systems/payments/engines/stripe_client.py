"""Stripe's HTTP API: forms out, JSON in, one pinned version, a key on every change.

Source: https://docs.stripe.com/api (versioning, idempotent requests, errors).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec

from backstay.kernel.settings import Secret
from backstay.systems.payments.errors import ProviderAway, ProviderRefused

if TYPE_CHECKING:
    import httpcore

API_VERSION: Final = "2026-08-26.dahlia"
"""Whose shapes we read; the account's own default does not matter."""
SECONDS: Final = 30.0
_LARGEST: Final = 4 * 1024 * 1024
_REFUSALS: Final = frozenset({400, 402, 404, 422})
"""Answers that will not change. A wrong key (401, 403) is the deployment's fault, and can be put right."""


class StripeClient:
    """Asks Stripe."""

    def __init__(self, base: str, key: Secret) -> None:
        """`base`: `https://api.stripe.com`."""
        self._base = base
        self._key = key
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read."""
        asked = f"?{form_of(query)}" if query else ""
        return await self._ask("GET", f"{path}{asked}", None, None)

    async def post(self, path: str, key: str, **fields: Any) -> dict[str, Any]:
        """Change something, once under the key, for at least a day."""
        return await self._ask("POST", path, form_of(fields).encode(), key)

    async def _ask(self, method: str, path: str, content: bytes | None, key: str | None) -> dict[str, Any]:
        # Late: a deployment without Stripe asks nobody, and carries no client.
        import httpcore

        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(max_connections=20, keepalive_expiry=30)
        headers = {
            "Authorization": f"Bearer {self._key.reveal()}",
            "Stripe-Version": API_VERSION,
            "User-Agent": "backstay",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        if content is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            async with (
                asyncio.timeout(SECONDS),
                self._pool.stream(
                    method, f"{self._base}{path}", headers=list(headers.items()), content=content
                ) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_stream():
                    body += chunk
                    if len(body) > _LARGEST:
                        raise ProviderAway("Stripe's answer is too large.")
                return _answer(response.status, bytes(body))
        except TimeoutError:
            raise ProviderAway(f"Stripe did not answer within {SECONDS:g} s.") from None
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            OSError,
        ) as failure:
            raise ProviderAway(f"Stripe cannot be reached: {type(failure).__name__}.") from failure

    async def aclose(self) -> None:
        """Close idle connections."""
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None


def _answer(status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise ProviderAway(f"Stripe answered {status} without JSON.") from None
    if 200 <= status < 300:
        return answer
    error = answer.get("error")
    message = str(error.get("message", "no reason")) if isinstance(error, dict) else "no reason"
    if status in _REFUSALS:
        raise ProviderRefused(message)
    raise ProviderAway(f"Stripe answered {status}.")


def form_of(fields: Mapping[str, Any]) -> str:
    """Nested values as Stripe wants them in a form: `a[b][0]=c`."""
    return urlencode(list(_flat(fields, "")))


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{name}[{number}]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    elif value is not None:
        yield name, str(value)
