"""The live part of the mail system: templates, providers with their connections, keys for links."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from backstay.kernel.module import Module
from backstay.kernel.settings import Settings, deployment_keys
from backstay.systems.mail.contracts import Address
from backstay.systems.mail.engines.transport import ConsoleTransport, Transport
from backstay.systems.mail.service.addresses import checked
from backstay.systems.mail.service.composing import signing_of
from backstay.systems.mail.service.providers import Provider, providers_of
from backstay.systems.mail.service.templates import Templates
from backstay.systems.mail.settings import MailSettings


class Mailer:
    """What sending and delivering need; one a backend, reached by `uow.part(Mailer)`."""

    def __init__(self, modules: Sequence[Module], settings: Settings) -> None:
        """Read templates and settings; connects to nobody.

        Raises:
            CompositionError: a template is missing.
            SettingsError: `mail.url` or the DKIM key cannot be used.
        """
        self.settings = settings.module(MailSettings)
        self.deployment = settings.app.name
        self.templates = Templates(modules)
        self.providers = providers_of(settings)
        self.signing = signing_of(settings)
        self.links = deployment_keys(settings).signer("mail.unsubscribe")
        self.public_url = (
            settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"
        ).rstrip("/")
        self.sender = checked(
            Address(self.settings.sender, self.settings.sender_name or settings.app.name),
            pointer="mail.sender",
        )
        self._transports: dict[str, Transport] = {}

    @property
    def return_path(self) -> str:
        """The envelope's sender."""
        return self.settings.return_path or self.sender.email

    def message_id(self, mail_id: UUID) -> str:
        """The `Message-ID` of a mail, made once."""
        return f"<{mail_id}@{self.sender.email.rpartition('@')[2]}>"

    def transport(self, provider: Provider) -> Transport:
        """The provider's transport, with the connections that this process holds."""
        found = self._transports.get(provider.name)
        if found is None:
            found = self._transports[provider.name] = _transport(provider, self.settings)
        return found

    def order(self, only: str | None, paused: Collection[str] = ()) -> list[Provider]:
        """The providers to try: those that work first; `only` one where a mail's outcome there is unknown."""
        if only is not None:
            return [provider for provider in self.providers if provider.name == only]
        return sorted(self.providers, key=lambda provider: provider.name in paused)

    async def close(self) -> None:
        """Close idle connections."""
        for transport in self._transports.values():
            await transport.close()


def _transport(provider: Provider, settings: MailSettings) -> Transport:
    if provider.kind == "console":
        return ConsoleTransport()
    # With the first mail: a server that sends none carries no client.
    from backstay.systems.mail.engines.smtp import SmtpOptions, SmtpTransport

    return SmtpTransport(
        SmtpOptions(
            host=provider.host,
            port=provider.port,
            user=provider.user,
            password=None if provider.password is None else provider.password.reveal(),
            tls=provider.tls,
            ca=None if provider.ca is None else str(provider.ca),
            connections=provider.connections,
            timeout=settings.timeout,
            data_timeout=settings.data_timeout,
            idle=settings.idle,
        )
    )
