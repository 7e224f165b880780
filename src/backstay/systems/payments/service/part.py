"""Which provider moves the money, and the links that lead back to us."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import msgspec

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import Database
from backstay.kernel.settings import Problem, Secret, Settings, SettingsError, deployment_keys, nearest
from backstay.systems.payments.contracts import Payment
from backstay.systems.payments.engines.chaos import KNOWN, Chaos, chaos_of
from backstay.systems.payments.engines.mock import MockProvider
from backstay.systems.payments.engines.mock_till import MockTill
from backstay.systems.payments.engines.provider import Order, Provider, Source, Till
from backstay.systems.payments.engines.stripe import StripeAccount, StripeProvider
from backstay.systems.payments.errors import NoSuchPage, NoSuchProvider
from backstay.systems.payments.settings import PaymentsSettings

_DEFAULT: Final = "mock://"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class _UnusableError(Exception):
    """Why a URL cannot be used; never holds the URL, which has a key in it."""


def house_of(organization_id: UUID) -> Actor:
    """The house itself, acting in an organization on a provider's word."""
    return Actor(
        id=UUID(int=0),
        kind=ActorKind.SYSTEM,
        name="payments",
        organization_id=organization_id,
        permissions=frozenset(),
    )


class Payments:
    """The providers of a deployment; held among the backend's parts."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Read the settings; asks nobody.

        Raises:
            SettingsError: `payments.url` cannot be used; names what is wrong, without its keys.
        """
        keys = deployment_keys(settings)
        self.database = database
        self.settings = settings.module(PaymentsSettings)
        self.links = keys.signer("payments.links")
        public = settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"
        self.public_url = public.rstrip("/")
        account = account_of(settings)
        mocked = account if isinstance(account, MockAccount) else MockAccount(Chaos(), at_once=False)
        self.mock = MockProvider(database, keys.derive("payments.mock"), self.public_url, mocked.chaos)
        self.current: Provider = self.mock if isinstance(account, MockAccount) else StripeProvider(account)
        self.till: Till | None = MockTill(self.mock) if mocked.at_once else None
        """Takes the money in the commit that asks for it; None where the provider is asked afterwards."""
        self._known: dict[str, Provider] = {self.mock.name: self.mock, self.current.name: self.current}
        self._tills: dict[str, Till] = {}

    def add(self, provider: Provider, till: Till) -> None:
        """Know a module's own provider: it refunds and is reconciled as any other, and its till takes.

        Call it from the module's `prepare`, before anybody pays.
        """
        self._known[provider.name] = provider
        self._tills[provider.name] = till

    def taker(self, source: Source | None) -> tuple[str, Till | None]:
        """Who is asked for money: the provider's name, and its till where it is paid at once.

        Raises:
            NoSuchProvider: no module registered the source's.
        """
        if source is None:
            return self.current.name, self.till
        if source.provider not in self._tills:
            raise NoSuchProvider
        return source.provider, self._tills[source.provider]

    def provider(self, name: str) -> Provider:
        """The provider of a name.

        Raises:
            NoSuchProvider: this deployment does not use it.
        """
        found = self._known.get(name)
        # A deployment that takes real money listens to no other.
        if found is None or (found is self.mock and self.current is not self.mock):
            raise NoSuchProvider
        return found

    def order_of(self, organization_id: UUID, payment: Payment, attempt_id: UUID, until: datetime) -> Order:
        """What a provider is asked for in one attempt, which ends at `until`."""
        return Order(
            organization_id=organization_id,
            payment_id=payment.id,
            attempt_id=attempt_id,
            amount=payment.amount,
            currency=payment.currency,
            description=payment.description,
            capture=payment.capture,
            customer_email=payment.customer_email,
            metadata=payment.metadata,
            discounts=payment.discounts,
            return_url=self.return_link(organization_id, payment.id),
            expires_at=until,
        )

    def return_link(self, organization_id: UUID, payment_id: UUID) -> str:
        """Where a provider sends the customer to when they are done."""
        token = self.links.sign(msgspec.msgpack.encode((organization_id, payment_id)))
        return f"{self.public_url}/v1/payments/return/{token}"

    def returned(self, token: str) -> tuple[UUID, UUID]:
        """The organization and the payment of such a link.

        Raises:
            NoSuchPage: we did not sign it.
        """
        payload = self.links.open(token)
        if payload is None:
            raise NoSuchPage
        return msgspec.msgpack.decode(payload, type=tuple[UUID, UUID])


class MockAccount(msgspec.Struct, frozen=True):
    """What the mock provider is told."""

    chaos: Chaos
    at_once: bool
    """Everything is paid as soon as it is asked for."""


def account_of(settings: Settings) -> MockAccount | StripeAccount:
    """Who moves the money, as the settings say.

    Raises:
        SettingsError: `payments.url` cannot be used; names what is wrong, without its keys.
    """
    try:
        return _account_in(settings.module(PaymentsSettings).url)
    except (_UnusableError, ValueError) as unusable:
        words = str(unusable) if isinstance(unusable, _UnusableError) else "is no URL"
        raise SettingsError([Problem("payments.url", settings.source("payments.url"), words)]) from None


def _account_in(url: Secret | None) -> MockAccount | StripeAccount:
    parts = urlsplit(_DEFAULT if url is None else url.reveal())
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "mock":
        _refuse_unknown(options, (*KNOWN, "at_once"))
        at_once = options.pop("at_once", "0")
        if at_once not in {"0", "1"} or (at_once == "1" and options):
            raise _UnusableError("has a wrong at_once=: 0 or 1, and with 1 there are no bad days")
        try:
            return MockAccount(chaos_of(options), at_once=at_once == "1")
        except ValueError as wrong:
            raise _UnusableError(str(wrong)) from None
    if parts.scheme not in {"stripe", "stripe+http"}:
        raise _UnusableError("must begin with mock:// or stripe://")
    _refuse_unknown(options, ("webhook_secret",))
    if not parts.username or not parts.hostname:
        raise _UnusableError("names no key: stripe://sk_live_…@api.stripe.com?webhook_secret=whsec_…")
    if parts.scheme == "stripe+http" and parts.hostname not in _LOOPBACK:
        raise _UnusableError("would send the key in clear: stripe+http:// is for this machine alone")
    secrets = tuple(secret for secret in options.get("webhook_secret", "").split(",") if secret)
    if not secrets:
        raise _UnusableError("has no webhook_secret=whsec_… (two with a comma between while one is replaced)")
    scheme = "http" if parts.scheme == "stripe+http" else "https"
    port = f":{parts.port}" if parts.port else ""
    return StripeAccount(
        key=Secret(unquote(parts.username)),
        webhook_secrets=tuple(Secret(secret) for secret in secrets),
        base=f"{scheme}://{parts.hostname}{port}",
    )


def _refuse_unknown(options: dict[str, str], known: tuple[str, ...]) -> None:
    for name in options:
        if name not in known:
            raise _UnusableError(f"has an unknown parameter {name!r}{nearest(name, known)}")
