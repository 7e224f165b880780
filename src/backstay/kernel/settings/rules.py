"""What the values must be together: the rules that no single field can state."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from backstay.kernel.actor import EVERYTHING
from backstay.kernel.settings.tree import Settings

LEAST_SECRET: Final = 32
"""Bytes; a key for HMAC-SHA256 shorter than its output weakens it (RFC 2104, 3)."""

Breach = tuple[str, str]
"""The setting at fault and what to do."""


def breaches(settings: Settings) -> Iterator[Breach]:
    """Every rule that the settings break."""
    yield from _app(settings)
    yield from _http(settings)
    yield from _database(settings)
    yield from _telemetry(settings)
    yield from _auth(settings)


def _app(settings: Settings) -> Iterator[Breach]:
    key = settings.app.secret_key
    hint = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
    if key is None:
        if settings.app.environment == "production":
            yield "app.secret_key", f"is required in production; {hint}"
    elif len(key.reveal().encode()) < LEAST_SECRET:
        yield "app.secret_key", f"must be at least {LEAST_SECRET} bytes; {hint}"


def _http(settings: Settings) -> Iterator[Breach]:
    for network in settings.http.trusted_proxies:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            yield "http.trusted_proxies", f"must be networks such as 10.0.0.0/8, and {network!r} is none"
    for origin in settings.http.cors_origins:
        if origin != "*" and not _is_origin(origin):
            yield (
                "http.cors_origins",
                f"must be origins such as https://app.example.com, without a path, and {origin!r} is none",
            )
    public = settings.http.public_url
    if public is not None and not _is_web_url(public):
        yield "http.public_url", f"must be a URL such as https://api.example.com (it is {public!r})"
    if settings.http.hsts and public is not None and not public.startswith("https://"):
        yield (
            "http.hsts",
            "cannot be on while http.public_url is not https: browsers would refuse to come back",
        )


def _database(settings: Settings) -> Iterator[Breach]:
    url = settings.database.url
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"sqlite", "postgresql"}:
        words = "must begin with sqlite:/// or postgresql://"
        yield (
            "database.url",
            words + ("; write postgresql:// for postgres://" if scheme == "postgres" else ""),
        )
    elif scheme == "sqlite" and rest.lstrip("/") in {"", ":memory:"} and settings.http.workers > 1:
        yield "http.workers", "must be 1 while the database is in memory: every worker would have its own"


def _telemetry(settings: Settings) -> Iterator[Breach]:
    endpoint = settings.telemetry.otlp_endpoint
    if endpoint is not None and not _is_web_url(endpoint):
        yield "telemetry.otlp_endpoint", f"must be a URL such as http://localhost:4318 (it is {endpoint!r})"
    dsn = settings.telemetry.sentry_dsn
    if dsn is not None:
        parts = urlsplit(dsn.reveal())
        if not (_is_web_url(dsn.reveal()) and parts.username and parts.path.strip("/")):
            yield "telemetry.sentry_dsn", "must be a DSN such as https://KEY@sentry.example.com/PROJECT"


def _auth(settings: Settings) -> Iterator[Breach]:
    principals = settings.auth.principals
    for name, times in Counter(principal.name for principal in principals).items():
        if times > 1:
            yield "auth.principals", f"has {times} principals called {name!r}; names are unique"
    tokens = [principal.token for principal in principals if principal.token is not None]
    if len(set(tokens)) < len(tokens):
        yield "auth.principals", "has two principals with the same token; each needs its own"
    if any(not token.reveal().strip() for token in tokens):
        yield "auth.principals", "has an empty token; leave it out to allow signed tokens only"
    if settings.app.environment != "production":
        return
    for principal in principals:
        if EVERYTHING in principal.permissions:
            yield (
                "auth.principals",
                f"gives {principal.name!r} every permission (*); in production name those it needs",
            )
        if principal.token is not None and len(principal.token.reveal()) < LEAST_SECRET:
            yield (
                "auth.principals",
                f"gives {principal.name!r} a token under {LEAST_SECRET} characters, too short for production",
            )


def _is_web_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_origin(text: str) -> bool:
    if not _is_web_url(text):
        return False
    parts = urlsplit(text)
    return not (parts.path or parts.query or parts.fragment or parts.username)
