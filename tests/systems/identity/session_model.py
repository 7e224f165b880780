"""What sessions promise, as a program of one page: the specification that the real ones are compared with.

It knows no database, no concurrency and no tokens: a session is a few numbers, and what happens, happens
at one moment after another. Whatever the real thing does with fifty requests at once, on two processes
and either engine, must be something that this does with them one after another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Said(StrEnum):
    """What somebody is answered."""

    NEXT = "next"
    """The tokens of the session's present number."""
    REUSED = "refresh_reused"
    OVER = "session_over"
    WELCOME = "welcome"


@dataclass
class ModelSession:
    """One session. Times are seconds."""

    opened: float
    expires: float
    number: int = 1
    """Grows by one with every refresh; a refresh token is a number."""
    used: int = 0
    """The highest number of which an access token has come: its client has that refresh token."""
    turned: float = 0.0
    """When the number grew last."""
    seen: float = 0.0
    ended: bool = False
    issued: dict[int, float] = field(default_factory=dict)
    """When the access token of each number was last made."""


@dataclass(frozen=True)
class Rules:
    """The settings that sessions follow; seconds."""

    lifetime: float
    idle: float
    grace: float
    access: float


class Model:
    """An account's sessions."""

    def __init__(self, rules: Rules, now: float) -> None:
        self.rules = rules
        self.now = now
        self.sessions: list[ModelSession] = []

    def pass_time(self, seconds: float) -> None:
        """Nobody does anything for so long."""
        self.now += seconds

    def open(self, expires: float | None = None) -> ModelSession:
        """Somebody signs in."""
        now = self.now
        ends = now + self.rules.lifetime if expires is None else expires
        made = ModelSession(now, ends, turned=now, seen=now, issued={1: now})
        self.sessions.append(made)
        return made

    def lives(self, session: ModelSession) -> bool:
        """Not ended, not at its end however much it is used, and not left alone for too long."""
        idle = session.seen + self.rules.idle <= self.now
        return not session.ended and session.expires > self.now and not idle

    def refresh(self, session: ModelSession, number: int) -> Said:
        """Somebody comes with the refresh token of this number."""
        if not self.lives(session):
            return Said.OVER
        if number == session.number:
            session.number += 1
            session.turned = session.seen = self.now
        elif number != session.number - 1 or not self._is_retry(session):
            # Two hold it, and who of them is the thief cannot be known.
            session.ended = True
            return Said.REUSED
        session.issued[session.number] = self.now
        return Said.NEXT

    def _is_retry(self, session: ModelSession) -> bool:
        # A client that asked twice at once; or one whose answer was lost, for nobody has used it.
        return self.now - session.turned <= self.rules.grace or session.used < session.number

    def welcomes(self, session: ModelSession, number: int) -> bool:
        """Whether the access token of this number is good now."""
        good = int(session.issued[number]) + self.rules.access > self.now
        return good and int(session.expires) > self.now and self.lives(session)

    def use(self, session: ModelSession, number: int) -> Said:
        """Somebody comes with the access token of this number."""
        if not self.welcomes(session, number):
            return Said.OVER
        session.used = max(session.used, number)
        return Said.WELCOME

    def end(self, session: ModelSession) -> None:
        """The session is ended."""
        session.ended = True

    def end_all(self, but: ModelSession | None = None) -> None:
        """Every session is ended, or every other."""
        for session in self.sessions:
            session.ended = session.ended or session is not but

    def replace_all(self, session: ModelSession) -> ModelSession:
        """The password is changed from this session: all end, and it gets a successor with its end."""
        self.end_all()
        return self.open(session.expires)


@dataclass
class Real:
    """A session as its client knows it: the tokens of each number that it was ever given."""

    id: str
    model: ModelSession
    refresh: dict[int, str] = field(default_factory=dict)
    access: dict[int, str] = field(default_factory=dict)
