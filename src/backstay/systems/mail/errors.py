"""What can go wrong with mails, beyond what can go wrong with anything."""

from __future__ import annotations

from backstay.kernel.errors import BadRequest, Conflict, FieldError, NotFound, PreconditionFailed, Unavailable


class BadAddress(BadRequest):
    """No mailbox can have this address, or its name would start a header of its own.

    It looks like one, as far as a pattern can tell; so this is not `invalid`.
    """

    code = "bad_mail_address"
    title = "This is no mail address"

    def __init__(self, pointer: str, message: str) -> None:
        self.errors = (FieldError(pointer=pointer, code="format", message=message),)
        super().__init__(message, errors=list(self.errors))


class NoSuchMail(NotFound):
    """There is no such mail, or it is another organization's."""

    code = "no_such_mail"
    title = "There is no such mail"


class NoSuchTemplate(NotFound):
    """No composed module declares a template of this name."""

    code = "no_such_mail_template"
    title = "There is no such mail template"


class StaleWords(PreconditionFailed):
    """Somebody changed the words since they were read; `version` is the present one."""

    code = "stale_mail_words"
    title = "These words were changed since you read them"


class NoSuchSuppression(NotFound):
    """The suppression list has no such entry."""

    code = "no_such_suppression"
    title = "The suppression list has no such entry"


class NoSuchUnsubscribe(NotFound):
    """The link was not made by this deployment, or was changed."""

    code = "no_such_unsubscribe_link"
    title = "This link leads nowhere"


class NoSuchProvider(NotFound):
    """`MAIL_URL` names no such provider."""

    code = "no_such_mail_provider"
    title = "There is no such mail provider"


class NotReconcilable(Conflict):
    """Only a mail whose outcome is unknown can be reconciled."""

    code = "mail_outcome_known"
    title = "The outcome of this mail is known"


class NotRetryable(Conflict):
    """Only a mail that failed, bounced or was suppressed can be sent again."""

    code = "mail_not_retryable"
    title = "This mail cannot be sent again"


class NotAReport(BadRequest):
    """The message is neither a delivery report (RFC 3464) nor a feedback report (RFC 5965)."""

    code = "not_a_mail_report"
    title = "This message is no report about a mail"


class MailDeferred(Unavailable):
    """No provider took the mail for now; its job tries again."""

    code = "mail_deferred"
    title = "No mail provider took it for now"
