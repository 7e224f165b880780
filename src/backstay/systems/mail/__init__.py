"""Mail: typed templates, sent in the same commit as your data, through providers that may fail.

Promises: a mail is sent if and only if its unit of work commits; of two with one key only the
first is sent; whatever is retried, a mail has one Message-ID; another provider gets it only
when the one before surely does not have it; who unsubscribed, bounced for good or complained
gets no more. Limits: one recipient a mail; a provider that took a mail and did not say so gets
it again under the same Message-ID, and what it makes of that is its business.
"""

from backstay.systems.mail.contracts import (
    Address,
    Attachment,
    MailReceipt,
    MailState,
    MailTemplate,
    Message,
)
from backstay.systems.mail.service import Mailer, read_message, send

__all__ = [
    "Address",
    "Attachment",
    "MailReceipt",
    "MailState",
    "MailTemplate",
    "Mailer",
    "Message",
    "read_message",
    "send",
]
