"""Who has an account with every contender, and how each is asked."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx
import msgspec

from bench.harness.load import http_request
from bench.harness.model import Endpoint, Request

PASSWORD: Final = "seven green tugboats at dawn"
MEMORY: Final = 19_456
"""KiB that argon2id takes for one hash; OWASP's floor."""
PASSES: Final = 2
LENGTH: Final = 5_000
WORKLOADS: Final = {
    "open": "a few bytes for anybody: what the frame around costs",
    "whoami": "who asks, by one of 100 sessions, which could have been ended a moment ago",
    "refresh": "the next tokens of one session after another, by its refresh token; only backstay has them",
    "sign-in": "mail and password of one of 100 people; argon2id with 19 MiB and 2 passes",
}


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What differs between contenders on the wire."""

    open_path: str
    whoami_path: str
    sign_up: Callable[[str], tuple[str, dict[str, Any]]]
    """The path and the JSON that make an account with an address."""
    sign_in: Callable[[str], tuple[str, bytes, str]]
    """The path, the body and its content type that sign an address in."""
    token: Callable[[httpx.Response], str]
    """The bearer token in the answer to a sign-in."""
    name: Callable[[Any], str]
    """The address in the answer to `whoami`."""


def mails() -> list[str]:
    """The addresses."""
    return [f"person{number}@example.com" for number in range(100)]


class Asker:
    """Makes the requests of the workloads."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def check(self, endpoint: Endpoint) -> None:
        """Sign everybody up, and make sure that each is known and nobody else is.

        Raises:
            AssertionError: the contender answers otherwise than the others.
        """
        with _client(endpoint) as client:
            for mail in mails():
                path, body = self._dialect.sign_up(mail)
                client.post(path, json=body).raise_for_status()
            for mail, token in self._signed_in(client).items():
                answer = client.get(self._dialect.whoami_path, headers={"Authorization": f"Bearer {token}"})
                assert self._dialect.name(answer.json()) == mail, answer.text
            for wrong in ("", "Bearer nonsense", f"Bearer {token[:-2]}"):
                answer = client.get(self._dialect.whoami_path, headers={"Authorization": wrong})
                known = answer.is_success and answer.json() is not None
                assert not known, f"{wrong!r} was let in: {answer.text}"
            path, sent, kind = self._dialect.sign_in(mails()[0])
            refused = client.post(
                path, content=sent.replace(b"dawn", b"dusk"), headers={"Content-Type": kind}
            )
            assert refused.is_client_error, refused.text
            assert client.get(self._dialect.open_path).is_success

    def requests(self, endpoint: Endpoint, workload: str) -> Sequence[Request]:
        """The sequence of a workload; `whoami` signs everybody in, for access tokens live minutes."""
        draw = random.Random(workload)
        chosen = draw.choices(mails(), k=LENGTH)
        if workload == "open":
            return [self.probe()] * LENGTH
        if workload == "refresh":
            raise ValueError("only backstay has refresh tokens")
        if workload == "whoami":
            with _client(endpoint) as client:
                tokens = self._signed_in(client)
            return [self._whoami(tokens[mail]) for mail in chosen]
        return [self._sign_in_request(mail) for mail in chosen]

    def probe(self) -> Request:
        """What is answered 200 once the server is of use."""
        return Request(kind="open", raw=http_request("GET", self._dialect.open_path))

    def _whoami(self, token: str) -> Request:
        headers = {"Authorization": f"Bearer {token}"}
        return Request(kind="whoami", raw=http_request("GET", self._dialect.whoami_path, headers=headers))

    def _sign_in_request(self, mail: str) -> Request:
        path, body, kind = self._dialect.sign_in(mail)
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        return Request(kind="sign-in", raw=head.encode() + body)

    def _signed_in(self, client: httpx.Client) -> dict[str, str]:
        return {mail: self._sign_in(client, mail) for mail in mails()}

    def _sign_in(self, client: httpx.Client, mail: str) -> str:
        path, body, kind = self._dialect.sign_in(mail)
        answer = client.post(path, content=body, headers={"Content-Type": kind}).raise_for_status()
        return self._dialect.token(answer)


def _client(endpoint: Endpoint) -> httpx.Client:
    """One that keeps no cookie: what it shows is the token alone."""
    none = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.Client(base_url=endpoint.url, timeout=30, cookies=none)


def as_json(body: dict[str, Any]) -> bytes:
    """The body of a JSON request."""
    return msgspec.json.encode(body)
