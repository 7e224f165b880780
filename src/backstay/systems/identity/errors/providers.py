"""What can go wrong when somebody else vouches for people."""

from __future__ import annotations

from backstay.kernel.errors import Conflict, Forbidden, NotFound, Unavailable


class NoSuchProvider(NotFound):
    """No identity provider has this id here."""

    code = "no_such_provider"
    title = "One does not sign in by this provider here"


class ProviderUnavailable(Unavailable):
    """The identity provider does not answer, or not with what the standard asks; the log says what."""

    code = "provider_unavailable"
    title = "The provider does not answer; try again, or sign in another way"


class VisitOver(Forbidden):
    """The answer belongs to no request of this browser: used, late, or made elsewhere; all look alike."""

    code = "visit_over"
    title = "This sign-in is over or was begun in another browser; begin again"


class ProviderRefused(Forbidden):
    """The provider did not vouch for anybody, or whoever was there went back."""

    code = "provider_refused"
    title = "The provider did not sign you in"


class BadProviderAnswer(Forbidden):
    """What the provider's answer says does not hold; the log says what."""

    code = "bad_provider_answer"
    title = "The provider's answer does not hold, so nobody was signed in"


class MailUnproven(Forbidden):
    """Nothing is linked with the account there, and it proves no address by which to find or make one."""

    code = "mail_unproven"
    title = "The provider does not say that you have verified your address there"


class LinkNeeded(Forbidden):
    """An account here has the address, and this provider's word for it is not enough to open it."""

    code = "link_needed"
    title = "Sign in as before and link this provider in your account"


class LinkTaken(Conflict):
    """The account there opens somebody else's account here."""

    code = "link_taken"
    title = "Another account is linked with this one"


class NoSuchLink(NotFound):
    """There is no such link, or it is somebody else's: the two are not told apart."""

    code = "no_such_link"
    title = "You have no such link"


class LastWayIn(Conflict):
    """Without it nothing would open the account any more."""

    code = "last_way_in"
    title = "Nothing else opens your account; set a password or add another way in first"


class BrowserNeeded(Conflict):
    """The session proves itself by tokens, and a provider sends a browser back."""

    code = "browser_needed"
    title = "This is for sessions that a browser keeps in a cookie"
