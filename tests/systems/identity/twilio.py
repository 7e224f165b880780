"""A stand-in for Twilio's Messages resource, over TLS on a thread: it answers as their reference documents it."""

from __future__ import annotations

import json
import re
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl

ACCOUNT: Final = "AC" + "0" * 32
SECRET: Final = "an auth token, with / and + in it"
INVALID: Final = "+15005550001"
"""Twilio's magic number for one that is not valid."""


class Account:
    """What the stand-in was asked, and how it answers."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.next: list[int] = []
        """Statuses to answer with before going back to normal."""
        self.drop = False
        """Hang up instead of answering."""

    def url(self, sender: str = "from=+15005550006", **more: str) -> str:
        options = "".join(f"&{name}={value}" for name, value in more.items())
        return f"twilio://{ACCOUNT}:an%20auth%20token%2C%20with%20%2F%20and%20%2B%20in%20it@localhost:{self.port}?{sender}{options}"

    def answer(self, path: str, headers: Any, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append((path, form))
        if self.next:
            status = self.next.pop(0)
            return status, _error(status, {429: 20429, 403: 21408}.get(status, 20500), "not now")
        if headers["Authorization"] != "Basic " + b64encode(f"{ACCOUNT}:{SECRET}".encode()).decode():
            return 401, _error(401, 20003, "Authenticate")
        if path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return 404, _error(404, 20404, "The requested resource was not found")
        if form.get("To") == INVALID or re.fullmatch(r"\+[1-9]\d{6,14}", form.get("To", "")) is None:
            return 400, _error(400, 21211, f"The 'To' number {form.get('To')} is not a valid phone number.")
        if not form.get("Body"):
            return 400, _error(400, 21602, "Message body is required.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return 400, _error(400, 21603, "A 'From' phone number is required.")
        return 201, {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "error_code": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_segments": "1",
            "sid": "SM" + f"{len(self.asked):032x}",
            "status": "queued",
            "to": form["To"],
        }


def _error(status: int, code: int, message: str) -> dict[str, Any]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}


@contextmanager
def twilio(context: ssl.SSLContext) -> Iterator[Account]:
    """The stand-in, as long as the block lasts."""
    account = Account()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            if account.drop:
                account.asked.append((self.path, form))
                return
            status, said = account.answer(self.path, self.headers, form)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    account.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
