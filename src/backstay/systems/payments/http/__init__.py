"""Payments over HTTP."""

from backstay.systems.payments.http.operating import OperatingController
from backstay.systems.payments.http.pages import MockPageController, ReturnController
from backstay.systems.payments.http.payments import PaymentsController
from backstay.systems.payments.http.permissions import CAPTURE, OPERATE, READ, REFUND, REQUEST
from backstay.systems.payments.http.webhooks import WebhooksController

__all__ = [
    "CAPTURE",
    "OPERATE",
    "READ",
    "REFUND",
    "REQUEST",
    "MockPageController",
    "OperatingController",
    "PaymentsController",
    "ReturnController",
    "WebhooksController",
]
