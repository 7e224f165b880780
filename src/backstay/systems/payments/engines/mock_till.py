"""The mock provider as a till: everything is paid in the commit that asks for it, on no page."""

from __future__ import annotations

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.systems.payments.contracts import Capture
from backstay.systems.payments.engines.mock import MockProvider
from backstay.systems.payments.engines.mock_news import session_news
from backstay.systems.payments.engines.provider import Order, SessionNews
from backstay.systems.payments.queries import mock as queries
from backstay.systems.payments.queries.mock import MockSession


class MockTill:
    """A `Till` that writes into the mock provider's books, where refunds and reconciliation find it."""

    def __init__(self, mock: MockProvider) -> None:
        """Whose books."""
        self._mock = mock

    async def take(self, uow: UnitOfWork, order: Order) -> SessionNews:
        """As `Till.take`."""
        manual = order.capture is Capture.MANUAL
        session = MockSession(
            reference=self._mock.reference_of(order.attempt_id),
            organization_id=order.organization_id,
            idempotency_key=str(order.attempt_id),
            payment_id=order.payment_id,
            amount=order.amount,
            currency=order.currency,
            description=order.description,
            discounts=order.discounts,
            return_url=order.return_url,
            manual=int(manual),
            status="authorized" if manual else "succeeded",
            captured=0 if manual else order.amount,
            error=None,
            expires_at=order.expires_at,
            step=1,
        )
        own = msgspec.structs.asdict(session)
        del own["organization_id"]
        uow.write(queries.TAKE, own)
        return session_news(session, uow.now(), self._mock.url_of(session.reference))
