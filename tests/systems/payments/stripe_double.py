"""A Stripe of ours that is spoken to over a socket; the spec judges every question and every answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from backstay.systems.payments.engines.signature import signature_of
from tests.systems.payments.stripe_spec import judge_form, judge_object, judge_query, sample

KEY = "sk_test_1"
SECRET = "whsec_1"


class Refusal(Exception):
    """Answered with 400."""


class Stripe:
    """Its books, and what it was asked."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.coupons: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.port = 0
        self.failing = 0
        """So many next answers are 500s, after the work is done: the answer is lost, the effect is not."""
        self._kept: dict[str, tuple[str, int, bytes]] = {}
        self._count = 0

    @property
    def url(self) -> str:
        return f"stripe+http://{KEY}@127.0.0.1:{self.port}?webhook_secret=whsec_old,{SECRET}"

    def answer(self, method: str, target: str, headers: dict[str, str], body: str) -> tuple[int, bytes]:
        path, _, query = target.partition("?")
        self.asked.append(f"{method} {path}")
        assert headers["authorization"] == f"Bearer {KEY}"
        assert headers["stripe-version"] == "2026-08-26.dahlia"
        key = headers.get("idempotency-key", "")
        assert bool(key) is (method == "POST")
        known = self._kept.get(key)
        if known is not None:
            assert known[0] == f"{path} {body}", "a key belongs to one request"
            return known[1], known[2]
        try:
            status, answer = 200, self._do(method, path, query, body)
        except Refusal as refused:
            status, answer = 400, {"error": {"type": "invalid_request_error", "message": str(refused)}}
            judge_object("error", answer)
        encoded = msgspec.json.encode(answer)
        if key:
            self._kept[key] = (f"{path} {body}", status, encoded)
        if self.failing:
            self.failing -= 1
            return 500, b"oops"
        return status, encoded

    def _do(self, method: str, path: str, query: str, body: str) -> Any:
        match method, path.removeprefix("/v1/").split("/"):
            case "POST", ["coupons"]:
                return self._coupon(judge_form(path, body))
            case "POST", ["checkout", "sessions"]:
                return self._open(judge_form(path, body))
            case "GET", ["checkout", "sessions", name]:
                judge_query("/v1/checkout/sessions/{session}", query)
                return self._shown(name)
            case "POST", ["checkout", "sessions", name, "expire"]:
                judge_form("/v1/checkout/sessions/{session}/expire", body)
                if self.sessions[name]["status"] != "open":
                    raise Refusal("Only Checkout Sessions with a status in [open] can be expired.")
                self.sessions[name] |= {"status": "expired", "url": None}
                return self._shown(name)
            case "POST", ["payment_intents", name, "capture"]:
                fields = judge_form("/v1/payment_intents/{intent}/capture", body)
                return self._change(name, "succeeded", fields["amount_to_capture"])
            case "POST", ["payment_intents", name, "cancel"]:
                judge_form("/v1/payment_intents/{intent}/cancel", body)
                return self._change(name, "canceled", 0)
            case "POST", ["refunds"]:
                return self._refund(judge_form(path, body))
            case "GET", ["refunds"]:
                intent = judge_query(path, query)["payment_intent"]
                data = [one for one in self.refunds.values() if one["payment_intent"] == intent]
                return {"object": "list", "data": data, "has_more": False, "url": path}
        raise AssertionError(f"{method} {path} is not spoken here")

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_test_{self._count}"

    def _open(self, fields: dict[str, Any]) -> Any:
        line = fields["line_items"][0]["price_data"]
        off = 0
        for discount in fields.get("discounts", []):
            coupon = self.coupons[discount["coupon"]]
            assert (coupon["currency"], coupon["times_redeemed"]) == (line["currency"], 0)
            assert coupon["redeem_by"] > fields["expires_at"]
            off += coupon["amount_off"]
        name = self._name("cs")
        self.sessions[name] = sample("checkout.session") | {
            "id": name,
            "object": "checkout.session",
            "mode": fields["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "url": f"https://checkout.stripe.test/{name}",
            "currency": line["currency"],
            "amount_subtotal": line["unit_amount"],
            "amount_total": line["unit_amount"] - off,
            "expires_at": fields["expires_at"],
            "metadata": fields["metadata"],
            "payment_intent": None,
        }
        self.sessions[name]["_intent"] = fields["payment_intent_data"]
        return self._shown(name)

    def _coupon(self, fields: dict[str, Any]) -> Any:
        name = self._name("co")
        given = {key: fields[key] for key in ("amount_off", "currency", "duration", "name", "metadata")}
        whole = {
            "id": name,
            "object": "coupon",
            "max_redemptions": 1,
            "times_redeemed": 0,
            "percent_off": None,
        }
        made = sample("coupon") | whole | given | {"redeem_by": fields["redeem_by"]}
        judge_object("coupon", made)
        self.coupons[name] = made
        return made

    def _shown(self, name: str) -> Any:
        session = {key: value for key, value in self.sessions[name].items() if key[0] != "_"}
        if session["payment_intent"] is not None:
            session["payment_intent"] = self.intents[session["payment_intent"]]
        judge_object("checkout.session", session)
        return session

    def _change(self, name: str, status: str, received: int) -> Any:
        if self.intents[name]["status"] != "requires_capture":
            raise Refusal("This PaymentIntent has another status.")
        self.intents[name] |= {"status": status, "amount_received": received}
        judge_object("payment_intent", self.intents[name])
        return self.intents[name]

    def _refund(self, fields: dict[str, Any]) -> Any:
        intent = self.intents[fields["payment_intent"]]
        given = sum(one["amount"] for one in self.refunds.values() if one["payment_intent"] == intent["id"])
        if fields["amount"] > intent["amount_received"] - given:
            raise Refusal("Refund amount is greater than unrefunded amount on charge")
        name = self._name("re")
        self.refunds[name] = sample("refund") | {
            "id": name,
            "object": "refund",
            "amount": fields["amount"],
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "status": "pending",
            "metadata": fields["metadata"],
        }
        judge_object("refund", self.refunds[name])
        return self.refunds[name]

    def pay(self, name: str) -> None:
        """What happens when the customer pays: the page is complete and has a PaymentIntent."""
        session = self.sessions[name]
        data = session["_intent"]
        intent = self._name("pi")
        manual = data["capture_method"] == "manual"
        self.intents[intent] = sample("payment_intent") | {
            "id": intent,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_received": 0 if manual else session["amount_total"],
            "currency": session["currency"],
            "status": "requires_capture" if manual else "succeeded",
            "capture_method": data["capture_method"],
            "metadata": data["metadata"],
        }
        judge_object("payment_intent", self.intents[intent])
        session |= {
            "status": "complete",
            "payment_status": "unpaid" if manual else "paid",
            "payment_intent": intent,
            "url": None,
        }

    def event(self, type_: str, about: dict[str, Any], at: int) -> tuple[bytes, dict[str, str]]:
        """An event as it is delivered: with ids in place of what could be expanded, signed."""
        shown = {key: value for key, value in about.items() if key[0] != "_"}
        event = sample("event") | {
            "id": self._name("evt"),
            "object": "event",
            "type": type_,
            "created": at,
            "data": {"object": shown},
        }
        judge_object("event", event)
        judge_object(shown["object"], shown)
        body = msgspec.json.encode(event)
        return body, {"stripe-signature": signature_of(SECRET.encode(), at, body)}


@asynccontextmanager
async def stripe_double() -> AsyncIterator[Stripe]:
    stripe = Stripe()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                first, *lines = head.rstrip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
                status, answer = stripe.answer(method, target, headers, body)
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    stripe.port = server.sockets[0].getsockname()[1]
    try:
        yield stripe
    finally:
        server.close()
