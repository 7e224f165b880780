"""Payments: money asked for, taken, and given back, exactly once, whatever order the news comes in.

What is paid for is a `subject` of the caller's. Providers: a mock that works at once, and Stripe.
Promises: money in = money out + held, payment by payment; refunds never exceed captures; events
that are duplicated, reordered, early or late end in the same state. Limits: see README.md.
"""

from backstay.systems.payments.contracts import Capture as Capture
from backstay.systems.payments.contracts import Payment as Payment
from backstay.systems.payments.contracts import PaymentStatus as PaymentStatus
from backstay.systems.payments.contracts import Refund as Refund
from backstay.systems.payments.contracts import RefundStatus as RefundStatus
from backstay.systems.payments.engines import provider as provider
from backstay.systems.payments.errors import CaptureTooLarge as CaptureTooLarge
from backstay.systems.payments.errors import NoSuchPayment as NoSuchPayment
from backstay.systems.payments.errors import NotCancelable as NotCancelable
from backstay.systems.payments.errors import NotCapturable as NotCapturable
from backstay.systems.payments.errors import RefundKeyReused as RefundKeyReused
from backstay.systems.payments.errors import RefundTooLarge as RefundTooLarge
from backstay.systems.payments.events import PaymentAuthorized as PaymentAuthorized
from backstay.systems.payments.events import PaymentCanceled as PaymentCanceled
from backstay.systems.payments.events import PaymentExpired as PaymentExpired
from backstay.systems.payments.events import PaymentFailed as PaymentFailed
from backstay.systems.payments.events import PaymentInReview as PaymentInReview
from backstay.systems.payments.events import PaymentSucceeded as PaymentSucceeded
from backstay.systems.payments.events import RefundFailed as RefundFailed
from backstay.systems.payments.events import RefundSucceeded as RefundSucceeded
from backstay.systems.payments.seed import practise as practise
from backstay.systems.payments.service.part import Payments as Payments
from backstay.systems.payments.service.payments import begin as begin
from backstay.systems.payments.service.payments import cancel as cancel
from backstay.systems.payments.service.payments import capture as capture
from backstay.systems.payments.service.payments import expire as expire
from backstay.systems.payments.service.payments import find as find
from backstay.systems.payments.service.payments import of_subject as of_subject
from backstay.systems.payments.service.recording import PastPayment as PastPayment
from backstay.systems.payments.service.recording import PastRefund as PastRefund
from backstay.systems.payments.service.recording import record_payments as record_payments
from backstay.systems.payments.service.recording import record_refunds as record_refunds
from backstay.systems.payments.service.refunding import refund as refund
