"""What can go wrong when people prove who they are, beyond what can go wrong with anything."""

from __future__ import annotations

from typing import Final

from backstay.kernel.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from backstay.kernel.errors import FreshSignInNeeded as FreshSignInNeeded
from backstay.kernel.http import TooManyRequests
from backstay.systems.identity.errors.providers import (
    BadProviderAnswer as BadProviderAnswer,
)
from backstay.systems.identity.errors.providers import (
    BrowserNeeded as BrowserNeeded,
)
from backstay.systems.identity.errors.providers import (
    LastWayIn as LastWayIn,
)
from backstay.systems.identity.errors.providers import (
    LinkNeeded as LinkNeeded,
)
from backstay.systems.identity.errors.providers import (
    LinkTaken as LinkTaken,
)
from backstay.systems.identity.errors.providers import (
    MailUnproven as MailUnproven,
)
from backstay.systems.identity.errors.providers import (
    NoSuchLink as NoSuchLink,
)
from backstay.systems.identity.errors.providers import (
    NoSuchProvider as NoSuchProvider,
)
from backstay.systems.identity.errors.providers import (
    ProviderRefused as ProviderRefused,
)
from backstay.systems.identity.errors.providers import (
    ProviderUnavailable as ProviderUnavailable,
)
from backstay.systems.identity.errors.providers import (
    VisitOver as VisitOver,
)

CHALLENGE: Final = 'Bearer realm="backstay", error="invalid_token"'


class BadCredentials(Unauthenticated):
    """The address is unknown or the password is wrong: the two are not told apart."""

    code = "bad_credentials"
    title = "The address or the password is wrong"

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = 'Bearer realm="backstay"'


class MailNotVerified(Forbidden):
    """The password is right; the address has yet to be verified. A new link was sent to it."""

    code = "mail_not_verified"
    title = "Verify your address first"


class Banned(Forbidden):
    """The account is banned; `until` says for how long, null for good."""

    code = "banned"
    title = "This account is banned"


class SessionOver(Unauthenticated):
    """The session has ended, or never was."""

    code = "session_over"
    title = "The session is over; sign in again"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail)
        self.headers["WWW-Authenticate"] = CHALLENGE


class RefreshReused(Unauthenticated):
    """A refresh token that had been replaced came back; somebody else may hold it, so its session ended."""

    code = "refresh_reused"
    title = "This refresh token was used before; the session was ended"

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = CHALLENGE


class TooManyGuesses(TooManyRequests):
    """Too many wrong passwords or codes; `Retry-After` says when the next is looked at."""

    code = "too_many_guesses"
    title = "Too many wrong guesses; wait before the next"

    def __init__(self, seconds: int) -> None:
        super().__init__(retry_after=seconds)
        self.headers["Retry-After"] = str(seconds)


class Busy(Unavailable):
    """As many passwords are being checked as this process has memory for."""

    code = "passwords_busy"
    title = "Too many people sign in at once; try again"

    def __init__(self) -> None:
        super().__init__()
        self.headers["Retry-After"] = "1"


class WeakPassword(Invalid):
    """The password is too short, too well known, or made of what everybody knows about its owner."""

    code = "weak_password"
    title = "This password is too easy to guess"

    def __init__(self, why: str, *, pointer: str = "/password") -> None:
        super().__init__(FieldError(pointer=pointer, code="weak", message=why), detail=why)


class SignUpClosed(Forbidden):
    """This deployment makes accounts by itself."""

    code = "sign_up_closed"
    title = "Accounts are made by invitation here"


class NotAnAccount(Conflict):
    """The caller is a principal of the settings or a key: nobody who has an account and sessions."""

    code = "not_an_account"
    title = "This is for people with an account"


class NoSuchSession(NotFound):
    """There is no such session, or it is somebody else's: the two are not told apart."""

    code = "no_such_session"
    title = "You have no such session"


class NotImpersonable(Forbidden):
    """Nobody acts in the place of themselves, of who is banned, or of who may do what they may not."""

    code = "not_impersonable"
    title = "You cannot act in this person's place"


class NoSuchMembership(NotFound):
    """There is no such organization, it has ended, or one does not belong to it: all look alike."""

    code = "no_such_membership"
    title = "You belong to no such organization"


class NoSuchUser(NotFound):
    """There is no such account."""

    code = "no_such_user"
    title = "There is no such account"


class NoSuchMailToken(NotFound):
    """The link was never sent, was used, has expired, or a newer one took its place: all look alike."""

    code = "no_such_mail_token"
    title = "This link does not work any more"


class NoSuchSetup(NotFound):
    """The link was used, is over, was never made, or the house has an owner: all look alike."""

    code = "no_such_setup"
    title = "This link does not work any more"


class MailTaken(Conflict):
    """Another account has this address."""

    code = "mail_taken"
    title = "Another account has this address"


class WrongCode(Unauthenticated):
    """The code is wrong, was used before, or is of another time."""

    code = "wrong_code"
    title = "This code does not work"

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = 'Bearer realm="backstay"'


class WrongPasskey(Unauthenticated):
    """The passkey is unknown, or its answer is wrong, late, repeated or of a copy: all look alike."""

    code = "wrong_passkey"
    title = "This passkey does not work"

    def __init__(self) -> None:
        super().__init__()
        self.headers["WWW-Authenticate"] = 'Bearer realm="backstay"'


class NoSuchPasskey(NotFound):
    """There is no such passkey, or it is somebody else's: the two are not told apart."""

    code = "no_such_passkey"
    title = "You have no such passkey"


class TooManyPasskeys(Conflict):
    """The account has as many passkeys as one may have."""

    code = "too_many_passkeys"
    title = "Remove a passkey that you do not use any more"


class PasskeysUnavailable(Conflict):
    """People reach this deployment by an address that is no domain, and passkeys are made for one."""

    code = "passkeys_unavailable"
    title = "Passkeys do not work here"


class PasswordNeeded(Forbidden):
    """A passkey that nobody unlocked opened the session; another thing that one has adds nothing."""

    code = "password_needed"
    title = "Sign in with your password"


class NoSuchFactor(NotFound):
    """There is no such factor, or it is somebody else's: the two are not told apart."""

    code = "no_such_factor"
    title = "You have no such second factor"


class TextsUnavailable(Conflict):
    """This deployment sends no texts."""

    code = "texts_unavailable"
    title = "Codes by SMS are not sent here"


class StrongerFactorNeeded(Conflict):
    """Codes by SMS are taken only beside an authenticator app or a passkey."""

    code = "stronger_factor_needed"
    title = "Add an authenticator app or a passkey first"


class LastFactor(Conflict):
    """Everybody must have a second factor here, and it is the last one."""

    code = "last_factor"
    title = "You must keep a second factor; add another before you remove this one"


class NotResettable(Forbidden):
    """Nobody takes their own second factors this way, or those of somebody who operates the house."""

    code = "not_resettable"
    title = "You cannot take this person's second factors"


class SecondFactorNeeded(Forbidden):
    """What was asked for needs a session that has shown a second factor."""

    code = "second_factor_needed"
    title = "Show your second factor"


class NoSuchReceipt(NotFound):
    """There is no such receipt or export, it is not ready, or it is somebody else's: all look alike."""

    code = "no_such_receipt"
    title = "There is no such receipt"
