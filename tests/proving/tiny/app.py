"""A server of forty lines for the tests of the lab: a counter and a list over SQLite, raw ASGI.

Started as `python app.py PORT`; reads what the lab gives every server (DATABASE_URL, the clock,
the sabotage). Its functions are looked up at call time, so that a planted bug takes effect.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).parent))

import store  # type: ignore[import-not-found]  # beside this script
import uvicorn
from guarantees import GUARANTEES  # type: ignore[import-not-found]  # beside this script

from backstay.kernel.clock import clock_from_environment
from backstay.kernel.guarantees import plant_sabotage


def answer(method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, object]:
    """What the server says to one request."""
    data = json.loads(body) if body else {}
    match method, path:
        case "GET", "/readyz":
            return 200, {}
        case "GET", "/where":
            return 200, {"pid": os.getpid(), "environment": sorted(os.environ)}
        case "GET", "/clock":
            return 200, {"now": clock_from_environment().now().isoformat()}
        case "POST", "/counter":
            return 200, {"value": store.add(data["amount"])}
        case "GET", "/counter":
            return 200, {"value": store.value()}
        case "POST", "/items":
            return (201 if store.put(data["title"]) else 409), {}
        case "GET", "/items":
            return 200, store.page(query.get("cursor", [""])[0])
        case _:
            return 404, {}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    try:
        status, said = await asyncio.to_thread(
            answer, scope["method"], scope["path"], parse_qs(scope["query_string"].decode()), body
        )
    except sqlite3.Error as error:
        status, said = 500, {"error": str(error)}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(said).encode()})


if __name__ == "__main__":
    store.path = urlsplit(os.environ["DATABASE_URL"]).path
    store.create()
    plant_sabotage(GUARANTEES)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
