"""What can go wrong with a key, beyond what can go wrong with its request."""

from __future__ import annotations

from typing import Any

from backstay.kernel.errors import BackstayError, BadRequest, Conflict, Gone


class KeyRequired(BadRequest):
    """The route wants a key with every request, so that one that is sent again cannot count twice."""

    code = "idempotency_key_required"
    title = "Send an Idempotency-Key"


class KeyInFlight(Conflict):
    """The request of this key is being executed; this one was not."""

    code = "idempotency_key_in_flight"
    title = "A request with this Idempotency-Key is under way"

    def __init__(self, detail: str | None = None, /, **extensions: Any) -> None:
        super().__init__(detail, **extensions)
        self.headers["Retry-After"] = "1"


class KeyReused(BackstayError):
    """The key belongs to another request: another address, other parameters or another body."""

    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key belongs to another request"


class AnswerNotKept(Gone):
    """The request was executed and is not executed again, but its answer cannot be given again.

    It was too large, or showed a secret and its minutes are over. `answered` is its status.
    """

    code = "idempotency_answer_not_kept"
    title = "This was done; its answer is not kept any more"
