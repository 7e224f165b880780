"""The rules of HTTP caching, each by its cases: RFC 9111, 9110, 9213 and 5861."""

from __future__ import annotations

from typing import Any

import pytest

from backstay.systems.httpcache.contracts import Asked
from backstay.systems.httpcache.service import conditions, dates, policy, varying
from backstay.systems.httpcache.service.directives import LONGEST, age, cache_control, seconds, targeted
from backstay.systems.httpcache.service.fields import end_to_end, members
from backstay.systems.httpcache.service.keeping import tags_of
from backstay.systems.httpcache.service.urls import canonical

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT
DATE = ("date", "Fri, 15 Jan 2027 08:00:00 GMT")
DAY = 86_400


def asked(*fields: tuple[str, str], method: str = "GET") -> Asked:
    return Asked(method=method, scheme="http", authority="a.example", target="/", fields=list(fields))


def test_dates_are_read_to_the_letter() -> None:
    read = {
        text: dates.parse(text, now=NOW)
        for text in (
            "Fri, 15 Jan 2027 08:00:00 GMT",
            "FRI, 15 JAN 2027 08:00:00 gmt",
            "Friday, 15-Jan-27 08:00:00 GMT",
            "Fri Jan 15 08:00:00 2027",
            "Thursday, 18-Aug-50 02:01:18 GMT",
            "Monday, 18-Aug-80 02:01:18 GMT",
            "Fri, 15 Jan 2027 23:59:60 GMT",
            "Fri, 15 Jan 27 08:00:00 GMT",
            "Fri, 15 Jan 2027 08:00:00 UTC",
            "Fri 15 Jan 2027 08:00:00 GMT",
            "Fri, 15  Jan  2027 08:00:00 GMT",
            "Fri, 15-Jan-2027 08:00:00 GMT",
            "Fri, 15 Jan 2027 8:00:00 GMT",
            "Fri, 31 Feb 2027 08:00:00 GMT",
            "0",
        )
    }
    assert list(read.values()) == [NOW] * 4 + [2_544_400_878.0, 335_412_078.0, NOW + 57_599] + [None] * 8
    assert dates.written(NOW) == DATE[1]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("max-age=60, public", {"max-age": "60", "public": None}),
        ('MAX-AGE="60"', {"max-age": "60"}),
        ('x="max-age=9, no-store", max-age=1', {"x": "max-age=9, no-store", "max-age": "1"}),
        ("max-age=5, max-age=9", {"max-age": "0"}),
        ("max-age=5, max-age=5", {"max-age": "5"}),
        ('no-cache="a, B", no-cache=c', {"no-cache": "a, B,c"}),
        ('private="a", private', {"private": None}),
        ("max-age =5, , =, no store", {}),
    ],
)
def test_cache_control_is_read_to_keep_less_when_in_doubt(line: str, expected: dict[str, Any]) -> None:
    assert cache_control([("cache-control", line)]) == expected


def test_durations() -> None:
    texts = ("5", "005", "-5", "5.0", "'5'", "", str(10**30))
    assert [seconds({"max-age": text}, "max-age") for text in texts] == [5, 5, 0, 0, 0, 0, LONGEST]
    ages = ("30", "30, 0", "0, 30", "-1", "1.0", "x", str(10**30))
    assert [age([("age", text)]) for text in ages] == [30, 30, 0, 0, 0, 0, LONGEST]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("max-age=60, foobar", {"max-age": "60", "foobar": None}),
        ("no-store=?1, private=?0", {"no-store": None}),
        ("max-age=60;x=1", {"max-age": "60"}),
        ("MAX-AGE=60", None),
        ('max-age="60"', None),
        ("max-age=60, &&&", None),
        ("", None),
    ],
)
def test_cdn_cache_control_is_whole_or_not_there(line: str, expected: dict[str, Any] | None) -> None:
    assert targeted([("cdn-cache-control", line)]) == expected


@pytest.mark.parametrize(
    ("status", "fields", "left"),
    [
        (200, [("cache-control", "max-age=60")], 60),
        (200, [("cache-control", "max-age=60, s-maxage=10")], 10),
        (200, [("cache-control", "max-age=60"), ("age", "20")], 40),
        (200, [("cache-control", "max-age=60"), ("cdn-cache-control", "max-age=5")], 5),
        (200, [("expires", "Fri, 15 Jan 2027 08:01:00 GMT")], 60),
        (200, [("expires", "0")], 0),
        (200, [("expires", DATE[1]), ("expires", "Fri, 15 Jan 2027 08:01:00 GMT")], 0),
        (200, [("last-modified", "Thu, 14 Jan 2027 08:00:00 GMT")], DAY / 10),
        (200, [("last-modified", "Thu, 14 Jan 2010 08:00:00 GMT")], DAY),
        (599, [("last-modified", "Thu, 14 Jan 2027 08:00:00 GMT")], 0),
        (599, [("last-modified", "Thu, 14 Jan 2027 08:00:00 GMT"), ("cache-control", "public")], DAY / 10),
        (200, [], 0),
    ],
)
def test_freshness(status: int, fields: list[tuple[str, str]], left: float) -> None:
    times = policy.times(status, [DATE, *fields], asked=NOW, came=NOW)
    assert times.left(NOW) == left
    # What took five seconds to come is five seconds old, and so is what is five seconds old by its date.
    assert policy.times(status, [DATE, *fields], asked=NOW, came=NOW + 5).left(NOW + 5) == left - 5


@pytest.mark.parametrize(
    ("request_fields", "status", "fields", "why"),
    [
        ([], 200, [("cache-control", "max-age=60")], None),
        ([], 200, [], None),
        ([], 599, [], "no-freshness"),
        ([], 206, [("cache-control", "max-age=60")], "status"),
        ([], 200, [("cache-control", "no-store")], "no-store"),
        ([], 200, [("cache-control", "no-store, must-understand, max-age=1")], None),
        ([], 599, [("cache-control", "no-store, must-understand, max-age=1")], "not-understood"),
        ([], 200, [("cache-control", "no-store"), ("cdn-cache-control", "max-age=9")], None),
        ([], 200, [("cache-control", "private, max-age=60")], "private"),
        ([], 200, [("cache-control", 'private="x", max-age=60')], None),
        ([], 200, [("cache-control", "public, max-age=60"), ("set-cookie", "a=b")], "set-cookie"),
        ([], 200, [("cache-control", "max-age=60"), ("vary", "accept, *")], "vary"),
        ([("cache-control", "no-store")], 200, [("cache-control", "max-age=60")], "request-no-store"),
        ([("authorization", "x")], 200, [("cache-control", "max-age=60")], "authorization"),
        ([("authorization", "x")], 200, [("cache-control", "s-maxage=60")], None),
        ([("authorization", "x")], 200, [("cache-control", "max-age=60, must-revalidate")], None),
        ([("authorization", "x")], 200, [("expires", DATE[1])], "authorization"),
        ([("cookie", "a=b")], 200, [("last-modified", DATE[1])], "cookie"),
        ([("cookie", "a=b")], 200, [("cache-control", "max-age=60")], None),
    ],
)
def test_what_may_be_kept(
    request_fields: list[tuple[str, str]], status: int, fields: list[tuple[str, str]], why: str | None
) -> None:
    assert policy.may_store(asked(*request_fields), status, fields) == why


def test_what_a_request_wants() -> None:
    fields = [DATE, ("cache-control", "max-age=60")]
    times = policy.times(200, fields, asked=NOW, came=NOW)
    wants = {
        (said, after): policy.is_wanted(cache_control([("cache-control", said)]), fields, times, NOW + after)
        for said in ("", "no-cache", "max-age=10", "min-fresh=50", "max-stale", "max-stale=10")
        for after in (9, 11, 65, 75)
    }
    assert {key for key, wanted in wants.items() if wanted} == {
        *(("", after) for after in (9, 11)),
        ("max-age=10", 9),
        ("min-fresh=50", 9),
        *(("max-stale", after) for after in (9, 11, 65, 75)),
        *(("max-stale=10", after) for after in (9, 11, 65)),
    }
    strict = [DATE, ("cache-control", "max-age=60, must-revalidate, stale-if-error=9")]
    assert not policy.is_wanted({"max-stale": None}, strict, times, NOW + 65)
    assert policy.grace(strict, "stale-if-error") == 0
    assert policy.grace([("cache-control", "stale-if-error=9")], "stale-if-error") == 9


def test_what_belongs_to_a_connection_is_left_out() -> None:
    fields = [
        ("connection", "close, X-Mine, Authorization, host"),
        ("x-mine", "1"),
        ("authorization", "x"),
        ("host", "a.example"),
        ("transfer-encoding", "chunked"),
        ("te", "trailers"),
        ("keep-alive", "1"),
        ("proxy-authorization", "x"),
        ("x-other", "2"),
    ]
    assert end_to_end(fields) == [("authorization", "x"), ("host", "a.example"), ("x-other", "2")]
    assert list(members(' a , "b, \\" c" ,, d')) == ["a", '"b, \\" c"', "d"]


def test_variants_are_told_apart_by_what_means_something() -> None:
    def name(*values: str, field: str = "foo") -> str:
        return varying.variant([(field, value) for value in values], (field,))

    assert varying.names([("vary", "B, a"), ("vary", "b")]) == ("a", "b")
    assert name("1, 2") == name("1", "2") == name(" 1 ,2") != name("2, 1")
    assert name() != name("") != name("-")
    assert name("a") != name("A")
    assert name("en, De ;q=0.5", field="accept-language") == name("EN,de;Q=0.5", field="accept-language")
    one = varying.variant([("a", "1+b"), ("b", "2")], ("a", "b"))
    assert one != varying.variant([("a", "1"), ("b", "+b2")], ("a", "b"))


BODY = b"0123456789"
KEPT = [DATE, ("etag", 'W/"one"'), ("last-modified", "Thu, 14 Jan 2027 08:00:00 GMT"), ("x", "1")]


@pytest.mark.parametrize(
    ("fields", "status", "body", "more"),
    [
        ([], 200, BODY, ("content-length", "10")),
        ([("if-none-match", '"zero", "one"')], 304, b"", None),
        ([("if-none-match", "*")], 304, b"", None),
        ([("if-none-match", '"two"'), ("if-modified-since", DATE[1])], 200, BODY, None),
        ([("if-modified-since", "Thu, 14 Jan 2027 08:00:00 GMT")], 304, b"", None),
        ([("if-modified-since", "Thu, 14 Jan 2027 07:59:59 GMT")], 200, BODY, None),
        ([("range", "bytes=2-4")], 206, b"234", ("content-range", "bytes 2-4/10")),
        ([("range", "bytes=8-")], 206, b"89", ("content-range", "bytes 8-9/10")),
        ([("range", "bytes=-3")], 206, b"789", ("content-range", "bytes 7-9/10")),
        ([("range", "bytes=0-99999999999999999")], 206, BODY, ("content-length", "10")),
        ([("range", "bytes=10-")], 416, b"", ("content-range", "bytes */10")),
        ([("range", "bytes=-0")], 416, b"", None),
        ([("range", "bytes=4-2")], 200, BODY, None),
        ([("range", "bytes=0-1,3-4")], 200, BODY, None),
        ([("range", "lines=1-2")], 200, BODY, None),
        ([("range", "bytes=0-1"), ("if-range", 'W/"one"')], 200, BODY, None),
        ([("range", "bytes=0-1"), ("if-range", "Thu, 14 Jan 2027 08:00:00 GMT")], 206, b"01", None),
    ],
)
def test_what_is_kept_is_given_as_it_is_wanted(
    fields: list[tuple[str, str]], status: int, body: bytes, more: tuple[str, str] | None
) -> None:
    given = conditions.narrowed("GET", fields, 200, list(KEPT), BODY, NOW)
    assert (given.status, given.body) == (status, body)
    assert more is None or more in given.fields
    assert (("x", "1") in given.fields) == (status in {200, 206})


def test_tags_and_addresses() -> None:
    assert canonical("HTTP://A.Example:80/Q?b#c") == "http://a.example/Q?b"
    assert canonical("https://a.example:80") == "https://a.example:80/"
    for wrong in ("ftp://a.example/", "a.example/x", "http://user@a.example/"):
        with pytest.raises(ValueError, match="is no address"):
            canonical(wrong)
    tags = tags_of("http://a.example/", [("surrogate-key", "one two"), ("cache-tag", "three, one")])
    assert tags is not None
    assert tags[2:] == ["httpcache.tag.one", "httpcache.tag.two", "httpcache.tag.three"]
    assert tags_of("http://a.example/", [("surrogate-key", " ".join(map(str, range(65))))]) is None
    assert tags_of("http://a.example/", [("cache-tag", "x" * 151)]) is None
