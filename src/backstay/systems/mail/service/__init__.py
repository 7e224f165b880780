"""What the mail system does."""

from backstay.systems.mail.service.delivering import deliver
from backstay.systems.mail.service.enqueueing import QUEUE, DeliverMail
from backstay.systems.mail.service.mailer import Mailer
from backstay.systems.mail.service.mails import TestMail, send_test
from backstay.systems.mail.service.pausing import list_providers, resume
from backstay.systems.mail.service.reading import (
    count,
    html_of_message,
    list_messages,
    read_message,
    reconcile,
    retry,
    source_of_message,
)
from backstay.systems.mail.service.reports import feedback_of
from backstay.systems.mail.service.sampling import deliver_sample, keep_sample
from backstay.systems.mail.service.sending import send
from backstay.systems.mail.service.suppressing import (
    list_suppressions,
    suppress,
    take_feedback,
    take_reports_of_anyone,
    unsuppress,
)
from backstay.systems.mail.service.tending import tend
from backstay.systems.mail.service.unsubscribing import unsubscribe, unsubscription_of
from backstay.systems.mail.service.upkeep import prune
from backstay.systems.mail.service.words import (
    list_templates,
    preview,
    preview_words,
    put_words,
    remove_words,
    words_of,
)

__all__ = [
    "QUEUE",
    "DeliverMail",
    "Mailer",
    "TestMail",
    "count",
    "deliver",
    "deliver_sample",
    "feedback_of",
    "html_of_message",
    "keep_sample",
    "list_messages",
    "list_providers",
    "list_suppressions",
    "list_templates",
    "preview",
    "preview_words",
    "prune",
    "put_words",
    "read_message",
    "reconcile",
    "remove_words",
    "resume",
    "retry",
    "send",
    "send_test",
    "source_of_message",
    "suppress",
    "take_feedback",
    "take_reports_of_anyone",
    "tend",
    "unsubscribe",
    "unsubscription_of",
    "unsuppress",
    "words_of",
]
