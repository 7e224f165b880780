"""What a deployment may set under `[identity]`, or as `BACKSTAY_IDENTITY_...`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from backstay.kernel.settings import SECONDS, Secret


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
            description="Characters of a password at least. SP 800-63B-4 asks for 15 where it is the only "
            "factor, for 8 where there is a second.",
        ),
    ] = 15
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
