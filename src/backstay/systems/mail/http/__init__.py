"""The mail system over HTTP: mails and their ledger, templates, the suppression list, links for anyone."""

from backstay.systems.mail.http.messages import MessagesController
from backstay.systems.mail.http.permissions import OPERATE, PROVIDERS, READ, REWORD, SEND
from backstay.systems.mail.http.providers import ProvidersController
from backstay.systems.mail.http.suppressions import FeedbackController, SuppressionsController
from backstay.systems.mail.http.templates import TemplatesController
from backstay.systems.mail.http.unsubscribing import UnsubscribeController

__all__ = [
    "OPERATE",
    "PROVIDERS",
    "READ",
    "REWORD",
    "SEND",
    "FeedbackController",
    "MessagesController",
    "ProvidersController",
    "SuppressionsController",
    "TemplatesController",
    "UnsubscribeController",
]
