"""Where requests come from and who may read the answers: security, origins, ids, traces, proxies."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from backstay.kernel.http.origin import network_of, peers, trace_of
from backstay.kernel.http.response import encode_headers
from tests.kernel.http import shelf
from tests.kernel.http.conftest import Harness, Opener


class TestSecurity:
    async def test_headers_of_the_api(self, app: Harness) -> None:
        headers = (await app.client.get("/odds/long")).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "strict-transport-security" not in headers

    async def test_headers_of_pages(self, app: Harness) -> None:
        headers = (await app.client.get("/docs")).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]

    async def test_hsts_behind_tls(self, open_app: Opener) -> None:
        async with open_app(shelf.module, BACKSTAY_HTTP_HSTS="true") as app:
            for path in ("/odds/text", "/docs", "/nothing"):
                headers = (await app.client.get(path)).headers
                assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"

    async def test_a_header_cannot_start_another(self, app: Harness) -> None:
        answer = await app.client.get("/odds/split")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert "x-c" not in answer.headers

    def test_header_values_hold_no_control_characters(self) -> None:
        assert encode_headers({"X-A": "é"}) == [(b"x-a", b"\xe9")]
        with pytest.raises(
            ValueError, match="the header 'X-A' must be a token, and its value without control"
        ):
            encode_headers({"X-A": "b\nc"})


class TestCors:
    ORIGIN = "https://app.example.com"

    async def test_without_origins_nothing_is_said(self, app: Harness) -> None:
        answer = await app.client.get("/odds/long", headers={"origin": self.ORIGIN})
        assert not [name for name in answer.headers if name.startswith("access-control")]
        preflight = await self._preflight(app, self.ORIGIN)
        assert (preflight.status_code, "access-control-allow-origin" in preflight.headers) == (204, False)

    async def test_a_known_origin_may_read(self, open_app: Opener) -> None:
        async with open_app(shelf.module, BACKSTAY_HTTP_CORS_ORIGINS=self.ORIGIN) as app:
            answer = await app.client.get("/odds/text", headers={"origin": self.ORIGIN})
            assert answer.headers["access-control-allow-origin"] == self.ORIGIN
            assert answer.headers["access-control-allow-credentials"] == "true"
            assert "ETag" in answer.headers["access-control-expose-headers"]
            assert answer.headers["vary"] == "Origin"
            failed = await app.client.get("/odds/broken", headers={"origin": self.ORIGIN})
            assert failed.headers["access-control-allow-origin"] == self.ORIGIN
            preflight = await self._preflight(app, self.ORIGIN)
            assert (preflight.status_code, preflight.content) == (204, b"")
            assert "PATCH" in preflight.headers["access-control-allow-methods"]
            assert preflight.headers["access-control-allow-headers"] == "authorization, if-match"

    async def test_an_unknown_origin_may_not(self, open_app: Opener) -> None:
        async with open_app(shelf.module, BACKSTAY_HTTP_CORS_ORIGINS=self.ORIGIN) as app:
            for answer in (
                await app.client.get("/odds/text", headers={"origin": "https://evil.example"}),
                await app.client.get("/odds/text"),
                await self._preflight(app, "https://evil.example"),
            ):
                assert "access-control-allow-origin" not in answer.headers
                assert answer.headers["vary"] == "Origin"

    async def test_any_origin_reads_without_cookies(self, open_app: Opener) -> None:
        async with open_app(shelf.module, BACKSTAY_HTTP_CORS_ORIGINS="*") as app:
            answer = await app.client.get("/odds/text", headers={"origin": self.ORIGIN})
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers

    async def test_options_without_a_page_lists_the_methods(self, app: Harness) -> None:
        answer = await app.client.options("/v1/books")
        assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")

    @staticmethod
    async def _preflight(app: Harness, origin: str) -> httpx.Response:
        return await app.client.options(
            "/v1/books",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization, if-match",
            },
        )


class TestIdsAndTraces:
    async def test_every_request_has_an_id(self, app: Harness) -> None:
        one, two = await app.client.get("/odds/text"), await app.client.get("/odds/text")
        ids = [UUID(answer.headers["x-request-id"]) for answer in (one, two)]
        assert ids[0] < ids[1]
        assert [identifier.version for identifier in ids] == [7, 7]

    async def test_a_strangers_id_is_not_taken_over(self, app: Harness) -> None:
        answer = await app.client.get("/odds/text", headers={"x-request-id": "chosen-by-me"})
        assert answer.headers["x-request-id"] != "chosen-by-me"

    async def test_a_trusted_proxys_is_if_it_is_sane(self, open_app: Opener) -> None:
        async with open_app(shelf.module, BACKSTAY_HTTP_TRUSTED_PROXIES="127.0.0.0/8") as app:
            for sent, kept in [
                ("abc-0123", True),
                ("short", False),
                ("x" * 129, False),
                ("no spaces!", False),
            ]:
                answer = await app.client.get("/odds/text", headers={"x-request-id": sent})
                assert (answer.headers["x-request-id"] == sent) is kept

    async def test_a_trace_is_continued(self, app: Harness) -> None:
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        await app.client.get("/odds/text", headers={"traceparent": parent})
        record = app.record
        assert record.trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert record.parent_span_id == "b7ad6b7169203331"
        assert re.fullmatch("[0-9a-f]{16}", record.span_id)
        assert record.span_id != record.parent_span_id
        assert record.sampled is False

    @pytest.mark.parametrize(
        "header",
        [
            None,
            b"",
            b"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            b"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            b"00-00000000000000000000000000000000-b7ad6b7169203331-01",
            b"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ],
    )
    def test_a_malformed_trace_starts_a_new_one(self, header: bytes | None) -> None:
        trace = trace_of(header)
        assert re.fullmatch("[0-9a-f]{32}", trace.trace_id)
        assert trace.trace_id != "0af7651916cd43dd8448eb211c80319c"
        assert (trace.parent_span_id, trace.sampled) == (None, True)

    def test_a_later_version_may_say_more(self) -> None:
        trace = trace_of(b"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")
        assert (trace.parent_span_id, trace.sampled) == ("b7ad6b7169203331", True)


class TestProxies:
    @pytest.mark.parametrize(
        ("peer", "headers", "client", "scheme"),
        [
            ("9.9.9.9", {"x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https"}, "9.9.9.9", "http"),
            ("10.0.0.1", {}, "10.0.0.1", "http"),
            ("10.0.0.1", {"x-forwarded-for": "1.1.1.1"}, "1.1.1.1", "http"),
            ("10.0.0.1", {"x-forwarded-for": "6.6.6.6, 1.1.1.1, 10.0.0.2"}, "1.1.1.1", "http"),
            ("10.0.0.1", {"x-forwarded-for": "10.0.0.3, 10.0.0.2"}, "10.0.0.3", "http"),
            ("10.0.0.1", {"x-forwarded-for": "1.1.1.1:4711"}, "1.1.1.1", "http"),
            ("10.0.0.1", {"x-forwarded-for": "[2001:db8::1]:80"}, "2001:db8::1", "http"),
            ("10.0.0.1", {"x-forwarded-for": "unknown, 10.0.0.2"}, "10.0.0.2", "http"),
            ("::ffff:10.0.0.1", {"x-forwarded-for": "1.1.1.1"}, "1.1.1.1", "http"),
            ("unix", {"x-forwarded-for": "1.1.1.1"}, "unix", "http"),
            ("10.0.0.1", {"x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https"}, "1.1.1.1", "https"),
            (
                "10.0.0.1",
                {"x-forwarded-for": "6.6.6.6, 1.1.1.1", "x-forwarded-proto": "http, https"},
                "1.1.1.1",
                "https",
            ),
            ("10.0.0.1", {"x-forwarded-proto": "ftp, HTTPS"}, "10.0.0.1", "https"),
            ("10.0.0.1", {"x-forwarded-proto": "ftp"}, "10.0.0.1", "http"),
        ],
    )
    def test_the_caller_is_the_right_most_stranger(
        self, peer: str, headers: dict[str, str], client: str, scheme: str
    ) -> None:
        scope: dict[str, Any] = {
            "client": (peer, 1),
            "scheme": "http",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        found = peers(["10.0.0.0/8"])(scope)
        assert (found.client, found.scheme) == (client, scheme)

    def test_a_socket_without_an_address_has_no_caller(self) -> None:
        assert peers(["10.0.0.0/8"])({"client": None, "scheme": "http", "headers": []}).client is None


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (None, None),
        ("", None),
        ("nonsense", None),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:cb00:7107", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:0001:0002::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.07", None),
    ],
)
def test_what_counts_as_one_caller_among_addresses(client: str | None, network: str | None) -> None:
    assert network_of(client) == network
