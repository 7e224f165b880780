"""What the routes know of the device that calls, and the cookie that signs a browser in."""

from __future__ import annotations

from typing import Final

from backstay.kernel.auth import METHOD_HEADER, CrossSiteRequest, is_from_own_page
from backstay.kernel.backend import Backend
from backstay.kernel.errors import BackstayError
from backstay.kernel.http import Request, Response
from backstay.systems.identity.contracts import SignedIn
from backstay.systems.identity.service.authenticating import PLAIN_COOKIE, SECURE_COOKIE
from backstay.systems.identity.service.guessing import network_of
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import Device, sign_out

_UNKNOWN: Final = "unknown"


def device_of(request: Request) -> Device:
    """The device as far as it tells of itself."""
    agent = request.headers.get("user-agent", _UNKNOWN)
    printable = "".join(letter if letter.isprintable() else " " for letter in agent)
    return Device(name=printable, network=network_of(request.client))


def answer(backend: Backend, request: Request, signed_in: SignedIn) -> Response[SignedIn]:
    """The session that was opened; its cookie where it proves itself by one."""
    if signed_in.access_token is None:
        identity = backend.part(Identity)
        now = backend.clock.now()
        token = identity.tokens.cookie(signed_in.session_id)
        set_cookie(backend, request, token, int((signed_in.expires_at - now).total_seconds()))
    return Response(signed_in)


async def enter(backend: Backend, request: Request, signed_in: SignedIn) -> Response[SignedIn]:
    """As `answer`, for somebody who signs in: a session that the browser's cookie still names ends.

    Otherwise this browser could end it no more, and who has seen its cookie could go on (ASVS 7.2.4).
    """
    if signed_in.access_token is None and "cookie" in request.headers:
        headers = {name: value for name, value in request.headers.items() if name != "authorization"}
        try:
            old = await backend.authenticator.authenticate({**headers, METHOD_HEADER: request.method})
        except BackstayError:
            old = None  # it is over already, or was never one
        if old is not None and old.session_id is not None:
            user_id, session_id = old.id, old.session_id
            await backend.database.run(old, lambda uow: sign_out(uow, user_id, session_id))
    return answer(backend, request, signed_in)


def refuse_strange_page(backend: Backend, request: Request) -> None:
    """Let a request pass that would set a cookie: only a page of ours may (login CSRF).

    Raises:
        CrossSiteRequest: another site may have provoked it.
    """
    headers = {**request.headers, METHOD_HEADER: request.method}
    if not is_from_own_page(headers, backend.part(Identity).origins):
        raise CrossSiteRequest(
            "Send the request from a page of this site, or with the header `X-Requested-With`."
        )


def set_cookie(backend: Backend, request: Request, token: str, seconds: int) -> None:
    """Let the answer, whatever it is, set the cookie; no seconds and no token take it away."""
    name = SECURE_COOKIE if _is_secure(backend, request) else PLAIN_COOKIE
    _set(backend, request, name, token, seconds)


def set_browser_cookie(backend: Backend, request: Request, name: str, value: str, seconds: int) -> None:
    """The same for a cookie of another name, which gets the prefix `__Host-` over TLS."""
    _set(backend, request, _prefix(backend, request) + name, value, seconds)


def browser_cookie(backend: Backend, request: Request, name: str) -> str:
    """What `set_browser_cookie` has set; empty when this browser does not have it."""
    wanted = _prefix(backend, request) + name
    pairs = (pair.strip().partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value for found, _, value in pairs if found == wanted), "")


def _prefix(backend: Backend, request: Request) -> str:
    return "__Host-" if _is_secure(backend, request) else ""


def _is_secure(backend: Backend, request: Request) -> bool:
    return request.scheme == "https" or backend.part(Identity).secure_only


def _set(backend: Backend, request: Request, name: str, value: str, seconds: int) -> None:
    secure = "; Secure" if _is_secure(backend, request) else ""
    attributes = f"Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    request.reply_headers.append((b"set-cookie", f"{name}={value}; {attributes}".encode("ascii")))
