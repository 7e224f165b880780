"""The identity system over HTTP."""

from backstay.systems.identity.http.account import AccountController
from backstay.systems.identity.http.factors import FactorsController
from backstay.systems.identity.http.impersonation import ImpersonationController
from backstay.systems.identity.http.keys import KeysController
from backstay.systems.identity.http.links import LinksController
from backstay.systems.identity.http.passkeys import PasskeysController, PasskeySigningController
from backstay.systems.identity.http.personal import PersonalController
from backstay.systems.identity.http.providers import AccountProvidersController, ProvidersController
from backstay.systems.identity.http.sessions import SessionsController
from backstay.systems.identity.http.setup import SetupController
from backstay.systems.identity.http.signing import SigningController
from backstay.systems.identity.http.texts import TextsController
from backstay.systems.identity.http.users import UsersController

__all__ = [
    "AccountController",
    "AccountProvidersController",
    "FactorsController",
    "ImpersonationController",
    "KeysController",
    "LinksController",
    "PasskeySigningController",
    "PasskeysController",
    "PersonalController",
    "ProvidersController",
    "SessionsController",
    "SetupController",
    "SigningController",
    "TextsController",
    "UsersController",
]
