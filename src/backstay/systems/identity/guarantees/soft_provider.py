"""An identity provider, in software: answers as one that speaks OpenID Connect does, on this machine.

It signs whatever it is told to; so it also gives the answers that no honest provider gives.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from time import time
from typing import Any, Final, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from backstay.systems.identity.service.keyring import jwk_of

CLIENT: Final = "a-client-of-the-lab"
CLIENT_SECRET: Final = "what only the two of them know"  # noqa: S105 - of a provider that lives for one check

Reply = tuple[int, Any]
"""A status, and what is sent as JSON, or as it is where it is bytes."""


class SoftServer:
    """Answers HTTP on a port of its own, one request a connection."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        """How often each path was."""
        self.delay = 0.0
        """Seconds before every answer."""
        self.answers: dict[str, Reply] = {}
        """By path, what is sent instead of the true answer."""
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def reply(
        self, method: str, path: str, headers: Mapping[str, str], fields: Mapping[str, str]
    ) -> Reply:
        """The answer to a request; `fields` are those of a form."""
        raise NotImplementedError

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path = target.partition("?")[0]
            self.asked[path] += 1
            await asyncio.sleep(self.delay)
            fields = dict(parse_qsl(body.decode()))
            status, said = self.answers.get(path) or await self.reply(method, path, headers, fields)
            content = said if isinstance(said, bytes) else msgspec.json.encode(said)
            more = f"Location: {self.url}{path}\r\n" if status in range(300, 400) else ""
            writer.write(
                f"HTTP/1.1 {status} -\r\nContent-Length: {len(content)}\r\n{more}"
                "Content-Type: application/json\r\nConnection: close\r\n\r\n".encode()
                + content
            )
            await writer.drain()


class _Code(Struct, frozen=True):
    asked: dict[str, str]
    claims: dict[str, Any]


class SoftProvider(SoftServer):
    """A provider with one client, whose accounts are whatever it is told."""

    def __init__(self, *, once: bool = True, clock: Callable[[], float] = time) -> None:
        """`once`: whether it takes a code once, as it must. `clock`: tells Unix time."""
        super().__init__()
        self.once = once
        self._clock = clock
        self.key = Ed25519PrivateKey.generate()
        self.jwks: list[dict[str, Any]] = [jwk_of(self.key.public_key())]
        self.header: dict[str, Any] = {"kid": self.jwks[0]["kid"]}
        """Of ID tokens, besides the algorithm."""
        self.algorithm = "EdDSA"
        self.signer: Any = self.key
        self.metadata: dict[str, Any] = {}
        """What the discovery document says otherwise."""
        self.userinfo: dict[str, Any] | None = None
        """None where it has no such thing."""
        self._codes: dict[str, _Code] = {}

    def consent(self, url: str, claims: Mapping[str, Any]) -> str:
        """Sign somebody in at the address that a browser was sent to; the query that it comes back with.

        `claims`: of the ID token, over those that it has anyway; None leaves one out.
        """
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = secrets.token_urlsafe(16)
        self._codes[code] = _Code(asked, dict(claims))
        return urlencode({"code": code, "state": asked["state"], "iss": self.url})

    async def reply(
        self, method: str, path: str, headers: Mapping[str, str], fields: Mapping[str, str]
    ) -> Reply:
        """As `SoftServer` says."""
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._discovery() | self.metadata
            case "/jwks":
                return 200, {"keys": self.jwks}
            case "/token":
                return self._redeemed(headers, fields)
            case "/userinfo":
                return 200, self.userinfo
            case _:
                return 404, {"error": f"no {method} {path} here"}

    def _discovery(self) -> dict[str, Any]:
        more = {} if self.userinfo is None else {"userinfo_endpoint": f"{self.url}/userinfo"}
        return more | {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }

    def _redeemed(self, headers: Mapping[str, str], fields: Mapping[str, str]) -> Reply:
        code = fields.get("code", "")
        held = self._codes.pop(code, None) if self.once else self._codes.get(code)
        if held is None or not _is_whose(held.asked, fields):
            return 400, {"error": "invalid_grant"}
        if not headers.get("authorization", "").startswith("Basic "):
            return 401, {"error": "invalid_client"}
        now = int(self._clock())
        said = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": held.asked["nonce"],
            **held.claims,
        }
        claims = {name: value for name, value in said.items() if value is not None}
        # Late, because a server imports every guarantee and uses none.
        import jwt

        # Of the signature alone: what claims may be, others judge.
        token = jwt.PyJWS().encode(
            msgspec.json.encode(claims), self.signer, algorithm=self.algorithm, headers=self.header
        )
        return 200, {"id_token": token, "access_token": secrets.token_urlsafe(8), "token_type": "Bearer"}


def _is_whose(asked: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    """Whether who redeems a code is who asked for it (RFC 7636, 4.6)."""
    digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
    challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        asked.get("code_challenge") == challenge
        and asked.get("code_challenge_method") == "S256"
        and asked.get("redirect_uri") == fields.get("redirect_uri")
    )
