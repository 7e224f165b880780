"""What a client knows after an operation, and what the lab raises when there is no going on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from backstay.kernel.guarantees.history import Ended, Operation
from backstay.kernel.guarantees.verdict import LabError


class RefusedError(LabError):
    """The check asked for something that its safety class, or its target, does not allow."""


class UnansweredError(LabError):
    """A read that the check needs for its verdict got no good answer."""


class Reply(Struct, frozen=True, kw_only=True):
    """What a client knows after one operation."""

    operation: Operation
    status: int | None
    """None when no answer came."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged."""
        return self.operation.ended is Ended.OK

    @property
    def json(self) -> Any:
        """The decoded body.

        Raises:
            UnansweredError: there is no JSON in it.
        """
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            told = f"{self.operation.name} answered {self.status} without JSON: {self.body[:200]!r}"
            raise UnansweredError(told) from None

    def __getitem__(self, key: str) -> Any:
        """One member of the JSON object that was answered."""
        return self.json[key]


class Tally(Struct, frozen=True):
    """How the operations of some clients ended."""

    ok: int
    fail: int
    indeterminate: int
