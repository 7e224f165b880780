"""Where codes by SMS leave, and the numbers that they go to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backstay.kernel.settings import SettingsError, load
from backstay.systems.identity.engines.twilio import TextNotSentError
from backstay.systems.identity.service import phones
from backstay.systems.identity.service.phones import SendCode
from backstay.systems.identity.service.texting import Texts, number_of
from tests.systems.identity.conftest import MODULES, OpenSite, Site
from tests.systems.identity.test_factors import enrolled
from tests.systems.identity.test_phones import NUMBER, OPERATOR, WAITING, texts, with_phone
from tests.systems.identity.twilio import INVALID, Account, twilio
from tests.systems.mail.servers import certificate


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+44 7700 900123", NUMBER),
        ("+44.7700.900.123", NUMBER),
        ("+44\u00a07700\u2011900123", NUMBER),
        ("+1 (500) 555-0006", "+15005550006"),
    ],
)
def test_spellings_of_numbers(typed: str, number: str) -> None:
    assert number_of(typed, ()) == number


@pytest.mark.parametrize(
    "typed",
    [
        "07700 900123",
        "0044 7700 900123",
        "+0 7700 900123",
        "+44 7700 9001234567",
        "+44 ext 12345",
        "+٤٤٧٧٠٠٩٠٠١٢٣",
    ],
)
async def test_what_is_no_number_is_refused(site: Site, typed: str) -> None:
    _, session, _ = await enrolled(site)
    answer = await site.post("/account/factors/sms", {"number": typed}, session["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/number"]
    assert await texts(site) == []


async def test_only_the_countries_of_the_settings_are_texted(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_SMS_PREFIXES="+44,+49")
    _, session, _ = await enrolled(site)
    answer = await site.post("/account/factors/sms", {"number": "+882 1612 345678"}, session["access_token"])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "prefix")
    assert (
        await site.post("/account/factors/sms", {"number": NUMBER}, session["access_token"])
    ).status_code == 201


@pytest.fixture
def account(tmp_path: Path) -> Iterator[tuple[Account, Path]]:
    context, ca = certificate(tmp_path)
    with twilio(context) as found:
        yield found, ca


async def test_codes_leave_through_twilio(open_site: OpenSite, account: tuple[Account, Path]) -> None:
    there, ca = account
    site = await open_site(SMS_URL=there.url(ca=str(ca)))
    _, session, _ = await enrolled(site)
    begun = (await site.post("/account/factors/sms", {"number": NUMBER}, session["access_token"])).json()
    assert there.asked == []  # a job sends it, after the commit
    assert await texts(site) == []  # nothing is kept where texts are sent
    ((path, form),) = there.asked
    assert path.startswith("/2010-04-01/Accounts/AC")
    body = form.pop("Body")
    assert form == {"To": NUMBER, "From": "+15005550006", "ValidityPeriod": "600"}
    (code,) = re.findall(r"^\d{6}", body)
    path = f"/account/factors/{begun['factor_id']}/confirm"
    assert (await site.post(path, {"code": code}, session["access_token"])).status_code == 200


async def test_what_twilio_refuses_is_not_tried_again_and_what_it_cannot_do_is(
    open_site: OpenSite, account: tuple[Account, Path], caplog: pytest.LogCaptureFixture
) -> None:
    there, ca = account
    site = await open_site(SMS_URL=there.url("messaging_service=MG12345", ca=str(ca)))
    _, session, _ = await enrolled(site)
    await site.post("/account/factors/sms", {"number": INVALID}, session["access_token"])
    await texts(site)
    assert len(there.asked) == 1
    assert "Twilio answered 400, error 21211" in caplog.text
    assert INVALID not in caplog.text
    await site.post("/account/factors/sms", {"number": NUMBER}, session["access_token"])
    (code_id,) = await site.database.reader(OPERATOR).all(WAITING)
    job = SendCode(code_id=code_id)
    for status, words in ((429, "429, error 20429"), (503, "503, error 20500")):
        there.next = [status]
        with pytest.raises(TextNotSentError, match=words):
            await phones.send_code(site.database, job)
    there.drop = True
    with pytest.raises(TextNotSentError, match="does not answer") as lost:
        await phones.send_code(site.database, job)
    assert NUMBER not in str(lost.value)
    there.drop = False
    await phones.send_code(site.database, job)
    bodies = [form["Body"][:6] for _, form in there.asked if form["To"] == NUMBER]
    assert there.asked[-1][1]["MessagingServiceSid"] == "MG12345"
    # Each try made a code of its own; the last one that left is the one that counts.
    begun = next(
        one
        for one in (await site.get("/account/factors", session["access_token"])).json()
        if one["kind"] == "sms"
    )
    path = f"/account/factors/{begun['id']}/confirm"
    assert (await site.post(path, {"code": bodies[-1]}, session["access_token"])).status_code == 200


async def test_a_server_with_another_certificate_gets_nothing(
    open_site: OpenSite, account: tuple[Account, Path]
) -> None:
    there, _ = account
    site = await open_site(SMS_URL=there.url())
    _, session, _ = await enrolled(site)
    await site.post("/account/factors/sms", {"number": NUMBER}, session["access_token"])
    (code_id,) = await site.database.reader(OPERATOR).all(WAITING)
    with pytest.raises(TextNotSentError, match="SSLCertVerificationError"):
        await phones.send_code(site.database, SendCode(code_id=code_id))
    assert there.asked == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://api.twilio.com", "must be console: or twilio://"),
        ("twilio://AC1:s@api.twilio.com", "must name one of from=+… and messaging_service=MG…"),
        ("twilio://AC1:s@api.twilio.com?from=+1&messaging_service=MG1", "must name one of"),
        ("twilio://AC1:s@api.twilio.com?form=+1", "unknown parameter 'form'; did you mean from?"),
        ("twilio://AC1@api.twilio.com?from=+1", "names no secret"),
        ("twilio://SK1:s@api.twilio.com?from=+1", "with an API key, add account=AC…"),
        ("twilio://AC1:s@api.twilio.com?from=+1&ca=/nowhere", "ca= that is no file"),
        ("twilio://AC1:s@api.twilio.com:port?from=+1", "is no URL"),
    ],
)
def test_a_url_that_cannot_be_used_stops_the_start(url: str, why: str) -> None:
    settings = load(MODULES, {"BACKSTAY_APP_ENVIRONMENT": "test", "SMS_URL": url}, None)
    with pytest.raises(SettingsError) as stopped:
        Texts(settings)
    assert why in str(stopped.value)
    assert ":s@" not in str(stopped.value)


def test_production_sends_or_offers_no_texts() -> None:
    production = {
        "BACKSTAY_APP_ENVIRONMENT": "production",
        "BACKSTAY_APP_SECRET_KEY": "a secret of thirty-two bytes, or so",
    }
    assert not Texts(load(MODULES, production, None)).available
    sends = load(MODULES, {**production, "SMS_URL": "twilio://AC1:s@api.twilio.com?from=+15005550006"}, None)
    assert (Texts(sends).available, Texts(sends).keeps) == (True, False)
    with pytest.raises(SettingsError, match="production does not allow"):
        Texts(load(MODULES, {**production, "SMS_URL": "console:"}, None))


async def test_where_no_texts_are_sent_nobody_is_offered_any(site: Site) -> None:
    app, session, factor_id = await with_phone(site)
    site.identity.texts.keeps = False
    refusal = await site.post("/account/factors/sms", {"number": NUMBER}, session["access_token"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "texts_unavailable")
    pending = await site.sign_in()
    ways = (await site.get("/account/second-factor", pending["access_token"])).json()
    assert ways["phones"] == []
    answer = await site.post("/account/second-factor/sms", {"factor_id": factor_id}, pending["access_token"])
    assert answer.json()["code"] == "texts_unavailable"
    shown = await site.post("/account/second-factor", {"code": app.code()}, pending["access_token"])
    assert shown.status_code == 200
