"""The texts that development keeps instead of sending them."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.database import Reader
from backstay.kernel.http import Controller, get
from backstay.systems.identity.contracts import TEXTS, Text
from backstay.systems.identity.service import phones


class TextsController(Controller):
    """Texts that were kept."""

    path: ClassVar[str] = "/texts"
    name: ClassVar[str] = "texts"

    @get(permission=TEXTS)
    async def list_texts(self, reader: Reader) -> list[Text]:
        """See the newest hundred texts that were kept instead of being sent; none where texts are sent."""
        return await phones.kept(reader)
