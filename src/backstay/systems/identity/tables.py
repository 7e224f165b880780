"""People, their sessions, the keys that sign for them, and what is counted against guessing.

A person belongs to no organization here: which organizations they work in, and as what, is
kept elsewhere. So these tables carry no organization to be scoped by.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import Json, Timestamp, Uuid, id_column, module_tables

metadata = module_tables("identity")

users = Table(
    "identity_users",
    metadata,
    id_column(),
    Column("mail", Text, nullable=False),
    Column("mail_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("home_id", Uuid, nullable=False),
    Column("verified_at", Timestamp, nullable=True),
    Column("password", LargeBinary, nullable=True),
    Column("password_changed_at", Timestamp, nullable=True),
    Column("epoch", Integer, nullable=False),
    Column("banned_at", Timestamp, nullable=True),
    Column("banned_until", Timestamp, nullable=True),
    Column("ban_reason", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    UniqueConstraint("mail_key"),
    Index("ix_identity_users_created", "created_at", "id"),
    Index("ix_identity_users_banned_until", "banned_until"),
)
"""`mail_key` is the address as it is compared; `password` an argon2 hash, sealed with the pepper.

`home_id` is the organization that a new session works in. Whoever raises `epoch` ends every
access token of this person that was made before.
"""

sessions = Table(
    "identity_sessions",
    metadata,
    id_column(),
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("confirmed", BigInteger, nullable=False),
    Column("rotated_at", Timestamp, nullable=False),
    Column("device", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("assurance", Integer, nullable=False),
    Column("assured_at", Timestamp, nullable=False),
    Column("method", Text, nullable=False),
    Column("impersonator_id", Uuid, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("seen_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("ended_at", Timestamp, nullable=True),
    Column("ended_because", Text, nullable=False),
    Index("ix_identity_sessions_user", "user_id", "created_at", "id"),
    Index("ix_identity_sessions_age", "expires_at"),
)
"""One row for the whole family of a session's refresh tokens: `counter` numbers the present one.

`confirmed` is the last number whose access token was seen, so its client surely has it.
"""

revisions = Table(
    "identity_revisions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""The number of the last change. Its row is locked until the commit, so numbers appear in their order."""

changes = Table(
    "identity_changes",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", Uuid, nullable=True),
    Column("session_id", Uuid, nullable=True),
    Column("at", Timestamp, nullable=False),
    Index("ix_identity_changes_at", "at"),
)
"""What every process must forget: a session, all of a person's, or (with neither) the signing keys."""

signing_keys = Table(
    "identity_signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("algorithm", Text, nullable=False),
    Column("public", Json, nullable=False),
    Column("private", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("active_at", Timestamp, nullable=False),
)
"""`private` is sealed. The newest one that is active signs; older ones verify until they are removed."""

attempts = Table(
    "identity_attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Timestamp, nullable=False),
    Column("next_at", Timestamp, nullable=False),
    Index("ix_identity_attempts_last", "last_at"),
)
"""Guesses at a secret, counted before they are judged; `key` is a MAC of what they are counted for."""

mail_tokens = Table(
    "identity_mail_tokens",
    metadata,
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("mail", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    UniqueConstraint("digest"),
)
"""One link a purpose: a new one takes the old one's place. `digest` is the SHA-256 of the token."""

factors = Table(
    "identity_factors",
    metadata,
    id_column(),
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("confirmed_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("used_at", Timestamp, nullable=True),
    Index("ix_identity_factors_user", "user_id", "created_at", "id"),
)
"""`secret` is sealed: an app's, or a phone's number, of which `hint` is the end; `last_step` the time step
(RFC 6238, 4.2) of the last code of an app that was used."""

codes = Table(
    "identity_codes",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("factor_id", Uuid, ForeignKey("identity_factors.id", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary, nullable=True),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Index("ix_identity_codes_factor", "factor_id"),
    Index("ix_identity_codes_age", "expires_at"),
)
"""One code by SMS a session: a new one takes the old one's place. `digest` is a MAC of it, null until a job
has made it; the database alone does not tell whether a guess is right."""

texts = Table(
    "identity_texts",
    metadata,
    id_column(),
    Column("number", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
"""What development keeps instead of sending it; empty in production."""

recovery_codes = Table(
    "identity_recovery_codes",
    metadata,
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("code", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
"""`name` is the code's first two letters, which are no secret: one hash a try, whatever their number."""

passkeys = Table(
    "identity_passkeys",
    metadata,
    id_column(),
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("credential_id", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", Json, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("backup_eligible", Boolean, nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("used_at", Timestamp, nullable=True),
    Column("doubted_at", Timestamp, nullable=True),
    UniqueConstraint("credential_id"),
    Index("ix_identity_passkeys_user", "user_id", "created_at", "id"),
)
"""A credential record (WebAuthn Level 3, section 4); `public_key` is a COSE key, which is no secret.

`verified` is the record's `uvInitialized`: before that, nobody but its owner need have set the PIN
that unlocks it, so its word that somebody did counts for nothing.
"""

ceremonies = Table(
    "identity_ceremonies",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=True),
    Column("session_id", Uuid, nullable=True),
    Column("expires_at", Timestamp, nullable=False),
    Index("ix_identity_ceremonies_age", "expires_at"),
)
"""Challenges that nobody has answered yet: `digest` is the SHA-256 of one, `user_id` and `session_id` say
whose it is, null for a sign-in, which is nobody's yet."""

links = Table(
    "identity_links",
    metadata,
    id_column(),
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("mail", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("used_at", Timestamp, nullable=True),
    UniqueConstraint("issuer", "subject"),
    Index("ix_identity_links_user", "user_id", "created_at", "id"),
)
"""Accounts at identity providers that open accounts here. Who somebody is there, issuer and subject say
(OpenID Connect Core, 2): an address changes hands, and `mail` is only shown."""

visits = Table(
    "identity_visits",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("browser", LargeBinary, nullable=False),
    Column("user_id", Uuid, ForeignKey("identity_users.id", ondelete="CASCADE"), nullable=True),
    Column("session_id", Uuid, nullable=True),
    Column("return_to", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Index("ix_identity_visits_age", "expires_at"),
)
"""Authorization requests that nobody has come back from yet: `digest` is the SHA-256 of the `state`,
`browser` that of the cookie beside it. PKCE's verifier and the nonce follow from the state: none is here."""

setups = Table(
    "identity_setups",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)
"""The one-time link by which the first owner makes an account; `digest` is the SHA-256 of its token."""

receipts = Table(
    "identity_receipts",
    metadata,
    id_column(),
    Column("user_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("requested_at", Timestamp, nullable=False),
    Column("done_at", Timestamp, nullable=True),
    Column("details", Json, nullable=False),
    Column("content", LargeBinary, nullable=True),
    UniqueConstraint("digest"),
    Index("ix_identity_receipts_requested", "requested_at"),
)
"""What somebody asked for with all of their data. It outlives the account, so it holds nothing of the person
but an id; `content` is an export, sealed, for a week."""
