"""Limits around routes: who is counted, what is told, and that a refusal costs nothing."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from msgspec import structs

from backstay.kernel.actor import Actor, ActorKind, Authenticators
from backstay.kernel.module import CompositionError, Module
from backstay.systems.ratelimit import Limit, Limiter
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.systems.ratelimit.conftest import ENFORCED, MODULES, Opener, StoreClock
from tests.systems.ratelimit.probing import module as probing

ADA = make_actor("ada")
BOB = make_actor("bob")


@pytest.fixture
def engine_name() -> str:
    """One will do: counting here is the memory store's."""
    return "sqlite"


async def get(house: House, who: Actor | None, path: str, **headers: str) -> httpx.Response:
    return await house(who, "GET", f"/v1/probing/{path}", **headers)


def fields(answer: httpx.Response) -> tuple[str | None, ...]:
    return tuple(answer.headers.get(name) for name in ("ratelimit-policy", "ratelimit", "retry-after"))


async def test_a_hundred_in_a_minute_and_the_rest_is_told_when_to_come_back(
    house: House, ticking: StoreClock
) -> None:
    first = await get(house, ADA, "plain")
    assert (first.status_code, fields(first)) == (200, ('"default";q=100;w=60', '"default";r=99;t=1', None))
    for left in range(98, -1, -1):
        answer = await get(house, ADA, "plain")
        assert (answer.status_code, answer.headers["ratelimit"].split(";")[1]) == (200, f"r={left}")
    refused = await get(house, ADA, "plain")
    assert refused.status_code == 429
    assert fields(refused) == ('"default";q=100;w=60', '"default";r=0;t=1', "1")
    problem = refused.json()
    assert refused.headers["content-type"] == "application/problem+json"
    assert {name: problem[name] for name in ("type", "status", "code", "violated-policies")} == {
        "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "status": 429,
        "code": "quota_exceeded",
        "violated-policies": ["default"],
    }
    assert (await get(house, BOB, "plain")).status_code == 200
    ticking.move(1)
    assert [(await get(house, ADA, "plain")).status_code for _ in range(2)] == [200, 429]


async def test_each_key_has_its_own_quota_and_a_person_has_one_everywhere(open_limited: Opener) -> None:
    async with open_limited(BACKSTAY_RATELIMIT_QUOTA="1") as house:
        key = structs.replace(ADA, kind=ActorKind.SERVICE, session_id=uuid4())
        other = structs.replace(key, session_id=uuid4())
        elsewhere = structs.replace(ADA, organization_id=uuid4(), session_id=uuid4())
        codes = [(await get(house, who, "plain")).status_code for who in (ADA, elsewhere, key, key, other)]
        assert codes == [200, 429, 200, 429, 200]


async def test_who_acts_for_another_uses_up_their_own(open_limited: Opener) -> None:
    async with open_limited(BACKSTAY_RATELIMIT_QUOTA="1") as house:
        acting = structs.replace(BOB, impersonator_id=ADA.id)
        codes = [(await get(house, who, "plain")).status_code for who in (acting, BOB, ADA)]
        assert codes == [200, 200, 429]


async def test_browsers_have_a_policy_of_their_own(open_limited: Opener) -> None:
    async with open_limited(BACKSTAY_RATELIMIT_BROWSER_QUOTA="7") as house:
        cookies = CookieTokens(ADA)
        house.backend.authenticator = Authenticators([cookies])
        answer = await house.client.get("/v1/probing/plain", headers={"cookie": "session=ada"})
        assert fields(answer)[0] == '"browser";q=7;w=60'
        both = {"cookie": "session=ada", "authorization": "Bearer ada"}
        answer = await house.client.get("/v1/probing/plain", headers=both)
        assert fields(answer)[0] == '"default";q=100;w=60'


class CookieTokens:
    """Lets anybody in as one actor who shows anything."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    async def authenticate(self, shown: object) -> Actor | None:
        return self._actor


async def test_strangers_are_counted_by_their_address(open_limited: Opener) -> None:
    environ = {"BACKSTAY_RATELIMIT_ANONYMOUS_QUOTA": "1", "BACKSTAY_HTTP_TRUSTED_PROXIES": "127.0.0.0/8"}
    async with open_limited(**environ) as house:
        codes = []
        for hops in (
            "203.0.113.7",
            "198.51.100.1, 203.0.113.7",
            "::ffff:203.0.113.7",
            "203.0.113.7:4711, 127.0.0.2",
            "203.0.113.8",
            "2001:db8:1:2::1",
            "2001:db8:1:2:ffff::9",
            "2001:db8:1:3::1",
            "nonsense",
        ):
            answer = await house.client.get("/v1/probing/open", headers={"x-forwarded-for": hops})
            codes.append(answer.status_code)
        assert codes == [200, 429, 429, 429, 200, 200, 429, 200, 200]


async def test_a_forged_hop_before_ours_changes_nobodys_address(open_limited: Opener) -> None:
    async with open_limited(BACKSTAY_RATELIMIT_ANONYMOUS_QUOTA="1") as house:
        forged = [{"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-for": "203.0.113.8"}]
        codes = [(await house.client.get("/v1/probing/open", headers=one)).status_code for one in forged]
        assert codes == [200, 429]


async def test_who_is_not_let_in_is_counted_too(open_limited: Opener) -> None:
    async with open_limited(BACKSTAY_RATELIMIT_ANONYMOUS_QUOTA="2", BACKSTAY_RATELIMIT_QUOTA="3") as house:
        guesses = [{"authorization": f"Bearer {number}"} for number in range(3)]
        answers = [await house.client.get("/v1/probing/plain", headers=one) for one in guesses]
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert fields(answers[1])[1] == '"anonymous";r=0;t=60'
        guest = make_actor("guest", permissions=("probing:use",))
        codes = [
            (await get(house, guest, path)).status_code for path in ("kept", "refusing", "plain", "kept")
        ]
        assert codes == [403, 403, 200, 429]


async def test_costs_are_taken_and_one_that_never_fits_is_told_so(house: House, ticking: StoreClock) -> None:
    deep = await get(house, ADA, "search/deep")
    assert fields(deep)[0] == '"default";q=100;w=60, "search";q=3;w=60'
    assert fields(deep)[1] == '"default";r=99;t=1, "search";r=1;t=40'
    refused = await get(house, ADA, "search/deep")
    assert (refused.status_code, refused.json()["violated-policies"]) == (429, ["search"])
    assert fields(refused)[1:] == ('"default";r=99;t=1, "search";r=1;t=20', "20")
    never = await get(house, ADA, "search/impossible")
    assert never.status_code == 429
    assert fields(never)[1:] == ('"default";r=99;t=1, "search";r=0', None)
    assert "retry_after" not in never.json()
    ticking.move(20)
    assert (await get(house, ADA, "search/deep")).status_code == 200


async def test_a_refusal_by_one_policy_costs_nothing_of_another(house: House) -> None:
    assert (await get(house, ADA, "both")).status_code == 200
    for _ in range(5):
        refused = await get(house, ADA, "both")
        assert (refused.status_code, refused.json()["violated-policies"]) == (429, ["narrow"])
    assert fields(await get(house, ADA, "search"))[1] == '"default";r=98;t=2, "search";r=1;t=40'


async def test_colleagues_share_what_is_counted_by_organization(house: House) -> None:
    colleague = make_actor("colleague", organization=ADA.organization_id)
    codes = [(await get(house, who, "organization")).status_code for who in (ADA, colleague, ADA, BOB)]
    assert codes == [200, 200, 429, 200]


async def test_a_shadow_lets_everybody_pass_and_tells_the_caller_nothing(house: House) -> None:
    answers = [await get(house, ADA, "watched") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert fields(answers[2])[0] == '"default";q=100;w=60'
    limiter = house.backend.part(Limiter)
    await limiter.meters.flush()
    (seen,) = [one for one in (await minutes(house)) if one["policy"] == "watched"]
    assert (seen["admitted"], seen["refused"], seen["shadowed"]) == (1, 0, 2)
    guards = [moment for record in house.records for moment in record.moments if moment.kind == "guard"]
    assert [one.detail for one in guards if one.name == "limit watched"] == ["would be denied"] * 2


async def minutes(house: House) -> list[dict[str, object]]:
    return list((await house(BOB, "GET", "/v1/ratelimit/minutes")).json())


async def test_what_is_free_tells_nothing_and_health_is_no_part_of_the_api(house: House) -> None:
    assert fields(await get(house, ADA, "free")) == (None, None, None)
    assert fields(await house.client.get("/openapi.json")) == (None, None, None)


async def test_both_writings_can_be_had(open_limited: Opener) -> None:
    async with open_limited(BACKSTAY_RATELIMIT_FIELDS="ietf,legacy") as house:
        answer = await get(house, ADA, "search")
        assert answer.headers["x-ratelimit-limit"] == "3"
        assert answer.headers["x-ratelimit-remaining"] == "2"
        assert answer.headers["x-ratelimit-reset"] == "20"
        assert fields(answer)[1] == '"default";r=99;t=1, "search";r=2;t=20'


async def test_without_quotas_nothing_is_limited(open_limited: Opener) -> None:
    quotas = {f"BACKSTAY_RATELIMIT_{name}QUOTA": "0" for name in ("", "BROWSER_", "ANONYMOUS_")}
    async with open_limited(**quotas) as house:
        assert fields(await get(house, ADA, "plain")) == (None, None, None)


async def test_in_the_environment_test_nothing_is_limited_unless_asked_for(open_limited: Opener) -> None:
    async with open_limited(BACKSTAY_RATELIMIT_ENFORCE="") as house:
        answers = [await get(house, ADA, "search") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 5
        assert fields(answers[0]) == (None, None, None)


async def test_settings_change_what_a_route_declares(open_limited: Opener) -> None:
    said = '[{"name": "search", "quota": 1, "window": 30}]'
    async with open_limited(BACKSTAY_RATELIMIT_POLICIES=said) as house:
        assert fields(await get(house, ADA, "search"))[0] == '"default";q=100;w=60, "search";q=1;w=30'


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit("Letters", 1), "regex"),
        (Limit("odd", 0), ">= 1"),
        (Limit("odd", 20_000, window=1), "quota: at most 10000 a second"),
        (Limit("odd", 1, cost=0), "cost: is at least 1"),
        (Limit("default", 1), "declared by the settings too"),
    ],
)
async def test_a_limit_that_no_store_could_count_stops_the_start(
    database_url: str, limit: Limit, words: str
) -> None:
    odd = Module(name="odd", summary="Odd.", package=probing.package, declares=[limit])
    with pytest.raises(CompositionError, match=words):
        async with open_house([*MODULES, odd], database_url, environ=ENFORCED):
            pass


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('[{"name": "serch", "quota": 1}]', "names 'serch', which nobody declares: there are anonymous, "),
        ('[{"name": "search", "quota": 20000, "window": 1}]', "'search': quota: at most 10000 a second"),
    ],
)
async def test_settings_that_fit_nothing_stop_the_start(open_limited: Opener, said: str, words: str) -> None:
    with pytest.raises(CompositionError, match=words):
        async with open_limited(BACKSTAY_RATELIMIT_POLICIES=said):
            pass


async def test_two_limits_of_one_name_must_be_one(database_url: str) -> None:
    other = Module(
        name="other", summary="Other.", package=probing.package, declares=[Limit("search", 4, window=60)]
    )
    with pytest.raises(CompositionError, match=r"Limit\('search'\) is declared by other too, and differs"):
        async with open_house([*MODULES[:-1], other, probing], database_url, environ=ENFORCED):
            pass


async def test_the_description_tells_of_429_and_503(house: House) -> None:
    described = (await house.client.get("/openapi.json")).json()["paths"]["/v1/probing/plain"]["get"]
    assert "quota_exceeded" in described["responses"]["429"]["description"]
    assert "overloaded" in described["responses"]["503"]["description"]


async def test_code_takes_from_a_policy_of_its_manifest(house: House, ticking: StoreClock) -> None:
    limiter = house.backend.part(Limiter)
    await limiter.take("letters", "recipient", "a@example.test", cost=2)
    await limiter.take("letters", "recipient", "b@example.test")
    with pytest.raises(Exception, match="quota is used up") as refused:
        await limiter.take("letters", "recipient", "a@example.test")
    assert refused.value.headers == {"Retry-After": "1800"}  # type: ignore[attr-defined]  # it is a QuotaExceeded
    with pytest.raises(LookupError, match="nobody declares a policy 'telegrams'"):
        await limiter.take("telegrams", "x")
