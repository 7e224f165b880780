"""What a deployment may set under `[identity]`, or as `BACKSTAY_IDENTITY_...`."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from backstay.kernel.settings import SECONDS, Secret

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PRESETS = {"google": ("Google", "https://accounts.google.com"), "github": ("GitHub", "https://github.com")}
"""What they are called, and where they are unless the settings say otherwise."""


ALONE: Final = 15
"""Characters of a password that may be the only factor, at least (SP 800-63B-4, 3.1.1.2)."""


class ProviderSettings(Struct, frozen=True, kw_only=True):
    """Somebody who vouches for people: their account there opens one here."""

    id: Annotated[
        str,
        Meta(
            pattern=r"^[a-z][a-z0-9-]{0,31}$",
            description="Names it in addresses; the redirect URI to register there is "
            "`<http.public_url>/v1/auth/providers/<id>/callback`.",
        ),
    ]
    client_id: Annotated[str, Meta(min_length=1)]
    client_secret: Secret | None = None
    kind: Literal["oidc", "google", "github"] = "oidc"
    name: str = ""
    """As people see it; the preset's own name, or the id, when not set."""
    issuer: str = ""
    """As its discovery document spells it; of a preset only where it is elsewhere (GitHub Enterprise)."""
    scopes: tuple[str, ...] = ()
    """Asked for instead of `openid email profile`, or GitHub's `read:user user:email`."""
    link_by_mail: bool = True
    """Whether its word that somebody owns an address opens the account that has this address here."""
    second_factor_amr: tuple[str, ...] = ()
    """Values of `amr` (RFC 8176) in its ID tokens that count as a second factor shown; none by default."""
    second_factor_acr: tuple[str, ...] = ()
    """The same for `acr`; they are asked for, too."""
    private_network: bool = False
    """Whether it may be at addresses that are not of the Internet."""

    def __post_init__(self) -> None:
        """Refuse what would send people or secrets elsewhere.

        Raises:
            ValueError: in words that follow the setting's name.
        """
        if self.kind == "oidc" and not self.issuer:
            raise ValueError(f"has the provider {self.id!r} without issuer: it is the URL of its discovery")
        url = urlsplit(self.address)
        fine = url.hostname and not (url.query or url.fragment or url.username or self.address.endswith("?"))
        if not fine or not (url.scheme == "https" or (url.scheme == "http" and self.on_this_machine)):
            raise ValueError(
                f"has the provider {self.id!r} at {self.address!r}: write https://… without a query, or "
                "http:// for one on this machine"
            )

    @property
    def address(self) -> str:
        """The issuer, or where GitHub is."""
        return self.issuer or _PRESETS[self.kind][1]

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or _PRESETS.get(self.kind, (self.id, ""))[0]

    @property
    def on_this_machine(self) -> bool:
        """Whether it is the developer's own."""
        return urlsplit(self.address).hostname in _LOOPBACK


class IdentitySettings(Struct, frozen=True, kw_only=True):
    """How people prove who they are, and for how long that holds."""

    sign_up: Annotated[bool, Meta(description="Whether anyone may make an account.")] = True
    verified_only: Annotated[
        bool, Meta(description="Whether one signs in only with an address that was verified.")
    ] = True
    organization: Annotated[
        str | None,
        Meta(
            description="The organization that new accounts work in: its id, or a name that stands for one "
            "(`demo` is that of the development principals); one of their own when not set."
        ),
    ] = None
    setup_code: Annotated[
        Secret | None,
        Meta(
            description="At least 20 random characters with which the first owner makes an account, for "
            "deployments where nobody reads what the first start prints. Works until there is an owner."
        ),
    ] = None
    access_lifetime: Annotated[
        float, Meta(gt=0, le=300, extra=SECONDS, description="How long an access token holds.")
    ] = 300.0
    session_lifetime: Annotated[
        float,
        Meta(gt=0, extra=SECONDS, description="How long a session lasts at most, however much it is used."),
    ] = 90 * 86_400.0
    session_idle: Annotated[
        float, Meta(gt=0, extra=SECONDS, description="How long a session lasts when it is not used.")
    ] = 30 * 86_400.0
    refresh_grace: Annotated[
        float,
        Meta(
            ge=0,
            le=60,
            extra=SECONDS,
            description="How long the refresh token just before the present one still gives the present "
            "one, for clients that refresh twice at once.",
        ),
    ] = 10.0
    mail_token_lifetime: Annotated[
        float, Meta(gt=0, le=600, extra=SECONDS, description="How long a link in a mail works.")
    ] = 600.0
    step_up: Annotated[
        float,
        Meta(gt=0, extra=SECONDS, description="How fresh a sign-in must be for what asks for a fresh one."),
    ] = 600.0
    password_minimum: Annotated[
        int,
        Meta(
            ge=8,
            le=64,
            description="Characters of a password at least: 15 where it may be the only factor, down to 8 "
            "where `second_factor` is `required` (SP 800-63B-4).",
        ),
    ] = ALONE
    second_factor: Annotated[
        Literal["optional", "required"],
        Meta(description="`required`: whoever has no second factor may do nothing but add one."),
    ] = "optional"
    sms_url: Annotated[
        Secret | None,
        Meta(
            description="Where codes by SMS leave: `twilio://SID:secret@api.twilio.com?from=+15005550006`, "
            "or with `messaging_service=MG…` for `from`; or `console:`, which keeps them for operators and "
            "is refused in production. When not set: `console:`, and no codes by SMS in production.",
            extra={"variable": "SMS_URL"},
        ),
    ] = None
    sms_prefixes: Annotated[
        tuple[str, ...],
        Meta(
            description="Numbers that codes go to begin with one of these, such as `+44`; any when not set. "
            "To name the countries that your people live in is the best guard against toll fraud."
        ),
    ] = ()
    sms_network_sends: Annotated[
        int,
        Meta(
            ge=1,
            description="Codes by SMS for a network (/24, /56) in a day before each costs a delay.",
        ),
    ] = 50
    hash_memory: Annotated[
        int, Meta(ge=8, description="KiB that argon2id takes for one hash; OWASP asks for 19456 at least.")
    ] = 19_456
    hash_passes: Annotated[int, Meta(ge=1, description="Passes of argon2id; OWASP asks for 2.")] = 2
    hash_threads: Annotated[int, Meta(ge=1, description="Hashes that one process makes at once.")] = 2
    hash_queue: Annotated[
        int, Meta(ge=1, description="Hashes that may wait for their turn; more are refused (503).")
    ] = 64
    peppers: Annotated[
        tuple[Secret, ...],
        Meta(
            description="What seals password hashes in the database: the first seals, all of them open. "
            "Derived from `app.secret_key` when not set."
        ),
    ] = ()
    free_guesses: Annotated[
        int, Meta(ge=1, le=100, description="Wrong passwords for an account before each costs a delay.")
    ] = 5
    guess_delay: Annotated[
        float,
        Meta(gt=0, extra=SECONDS, description="The first such delay; each one after it is twice as long."),
    ] = 30.0
    guess_delay_limit: Annotated[float, Meta(gt=0, extra=SECONDS, description="The longest such delay.")] = (
        900.0
    )
    network_guesses: Annotated[
        int, Meta(ge=1, description="Wrong passwords from one network (/24, /56) before each costs a delay.")
    ] = 100
    key_days: Annotated[int, Meta(ge=1, description="Days until a new key signs access tokens.")] = 30
    passkey_domain: Annotated[
        str | None,
        Meta(
            description="The domain that passkeys are made for (the RP ID): that of `http.public_url` when "
            "not set, or one above it, to share them among subdomains. Changing it makes all of them useless."
        ),
    ] = None
    passkey_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Where passkeys may be used besides `http.public_url`: `https://app.example.com`, or "
            "an app's `android:apk-key-hash:…`."
        ),
    ] = ()
    passkey_timeout: Annotated[
        float, Meta(gt=0, le=3600, extra=SECONDS, description="How long a passkey's challenge holds.")
    ] = 300.0
    providers: Annotated[
        tuple[ProviderSettings, ...],
        Meta(
            description="Whose accounts open accounts here: Google, GitHub, any that speaks OpenID Connect."
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Refuse two providers of one id, whose answers could not be told apart, and short passwords alone.

        Raises:
            ValueError: in words that follow the section's name.
        """
        ids = [provider.id for provider in self.providers]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"has two providers called {twice[0]!r}")
        if self.password_minimum < ALONE and self.second_factor != "required":
            raise ValueError(
                f"has password_minimum {self.password_minimum}: below {ALONE} it needs second_factor = "
                '"required", for a password that may be the only factor must be longer'
            )
