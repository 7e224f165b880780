"""Gift cards: money of a shop's on a code; whoever has the code has the money.

A card pays orders beside the deployment's provider, in the commit that places them, and takes back what is
refunded of them. It changes no total and no tax. It promises:

- a card pays once: however many checkouts race for it, they get together what is on it and no more;
- its balance is the sum of its entries, and what purchases hold of it can always come back, once;
- who tries codes learns nothing but that they are refused; a code is kept nowhere.

Its limits: a card pays in its own currency and its own shop; issuing is no entry of the payments' ledger.
"""

from backstay.products.commerce.giftcards.contracts import CardCode as CardCode
from backstay.products.commerce.giftcards.contracts import NewGiftCards as NewGiftCards
from backstay.products.commerce.giftcards.contracts import Share as Share
from backstay.products.commerce.giftcards.contracts import Standing as Standing
from backstay.products.commerce.giftcards.errors import GiftCardRefused as GiftCardRefused
from backstay.products.commerce.giftcards.service import find as find
from backstay.products.commerce.giftcards.service import invariants as invariants
from backstay.products.commerce.giftcards.service import issue as issue
from backstay.products.commerce.giftcards.service import locked as locked
from backstay.products.commerce.giftcards.service import shares as shares
from backstay.products.commerce.giftcards.service import source_of as source_of
from backstay.products.commerce.giftcards.service import standing as standing
