"""How often one address may try to be somebody: beside the guesses, which are counted for each account."""

from __future__ import annotations

from typing import Final

from backstay.systems.ratelimit import Limit, Per

SIGN_IN: Final = Limit("sign-in", 60, window=60, per=[Per.ADDRESS])
"""Attempts with a password, a passkey or the token of a mail: each costs a hash or a signature."""
PASSKEY_OPTIONS: Final = Limit("passkey-options", 60, window=60, per=[Per.ADDRESS])
"""Challenges for whoever asks: each is kept until it is over."""
ACCOUNT_MAILS: Final = Limit("account-mails", 20, window=60, per=[Per.ADDRESS])
"""Mails that strangers let go, to whatever addresses."""
