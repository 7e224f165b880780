"""What everything here needs: one value a process, held among the database's parts."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

from backstay.kernel.actor import SYSTEM, SYSTEM_ORGANIZATION, Absences, Actor, Credentials, Grants
from backstay.kernel.auth import organization_of
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.module import CompositionError, Module, declared
from backstay.kernel.personal import PersonalData
from backstay.kernel.settings import Settings
from backstay.kernel.signing import Keys
from backstay.systems.identity.service.changes import OwnChanges
from backstay.systems.identity.service.guessing import Guesses
from backstay.systems.identity.service.hashing import Passwords
from backstay.systems.identity.service.keyring import Keyring
from backstay.systems.identity.service.providers import Providers
from backstay.systems.identity.service.relying_party import RelyingParty
from backstay.systems.identity.service.sealing import Sealer
from backstay.systems.identity.service.standings import Standings
from backstay.systems.identity.service.texting import Texts
from backstay.systems.identity.service.tokens import Tokens
from backstay.systems.identity.settings import IdentitySettings


class Identity:
    """The identity system of one process."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        keys: Keys,
        modules: Sequence[Module] = (),
    ) -> None:
        """`modules`: what each keeps about people and which of its permissions are the house's, is taken.

        Raises:
            CompositionError: one declares `PersonalData` twice, or the settings' code is too short.
        """
        self.personal = tuple((module.name, data) for module, data in declared(modules, PersonalData))
        names = [name for name, _ in self.personal]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise CompositionError(f"module {twice[0]!r} declares PersonalData twice: let one do it all")
        self.of_the_house = frozenset(
            one.name for module in modules for one in module.permissions if one.house
        )
        self.database = database
        self.settings = settings.module(IdentitySettings)
        code = self.settings.setup_code
        if code is not None and len(code.reveal()) < 20:
            raise CompositionError("identity.setup_code is too short: give it 20 random characters at least")
        self.deployment = settings.app.name
        self.passwords = Passwords(settings, keys)
        self.keyring = Keyring(keys)
        self.tokens = Tokens(settings, keys, self.keyring)
        self.standings = Standings(database, self.keyring, database.parts.part(OwnChanges))
        self.factors = Sealer([keys.derive("identity-factors")])
        """Seals the secrets of second factors."""
        self.texts = Texts(settings)
        self.codes_key = keys.derive("identity-codes")
        """Makes the MACs of codes by SMS."""
        self.exports = Sealer([keys.derive("identity-exports")])
        self.guesses = Guesses(self.settings, keys)
        self.public_url = settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"
        url = urlsplit(self.public_url)
        self.origins = (
            frozenset({f"{url.scheme}://{url.netloc}"}) if settings.http.public_url else frozenset()
        )
        self.party = RelyingParty(
            settings.app.name,
            self.public_url,
            self.settings.passkey_domain,
            self.settings.passkey_origins,
        )
        self.providers = Providers(self.settings.providers, self.public_url, database.clock, keys)
        self.secure_only = settings.app.environment == "production" or url.scheme == "https"
        """Whether people reach the site over TLS, so that no cookie without `Secure` is taken."""
        # Links in these mails open accounts. So nobody's organization has them in its outbox, except in
        # development, where there is no other mailbox than the demo principal's.
        development = settings.app.environment == "development"
        self.mail_organization = organization_of("demo") if development else SYSTEM_ORGANIZATION

    def home_of(self, user_id: UUID) -> UUID:
        """The organization that a new account works in."""
        name = self.settings.organization
        return user_id if name is None else organization_of(name)

    @property
    def postman(self) -> Actor:
        """On whose behalf mails are sent."""
        return Actor(
            id=SYSTEM.id,
            kind=SYSTEM.kind,
            name=SYSTEM.name,
            organization_id=self.mail_organization,
            permissions=SYSTEM.permissions,
        )

    async def permissions(self, user_id: UUID, organization_id: UUID) -> frozenset[str]:
        """What roles let a person do in an organization; nothing when no module keeps roles."""
        try:
            grants = self.database.parts.part(Grants)  # type: ignore[type-abstract]  # a protocol is the key it is held by
        except LookupError:
            return frozenset()
        return await grants.permissions(user_id, organization_id)

    def absences(self) -> Absences | None:
        """Who is told of people who cannot act; nobody where no module keeps roles."""
        try:
            return self.database.parts.part(Absences)  # type: ignore[type-abstract]  # a protocol is the key it is held by
        except LookupError:
            return None

    async def end_credentials(self, uow: UnitOfWork, user_id: UUID) -> int:
        """End what proves a person beside their sessions; how many, none when no module keeps any."""
        try:
            credentials = uow.part(Credentials)  # type: ignore[type-abstract]  # a protocol is the key it is held by
        except LookupError:
            return 0
        return await credentials.end_all_of(uow, user_id)
