"""Drops: what more people want than there is, sold in turn, in an order that nobody is too slow for.

It promises:

- no more people may buy at a time than the merchant said, on however many servers;
- those who came before it opened are drawn, those who come later follow in their order, nobody passes;
- a place buys one order, and without one nothing that a drop has is sold.

Its limits: a guest who joins twice has two places, so how fast they may join is what bounds them; a queue
is no reservation, and who is let in late may find that all is sold.
"""

from backstay.products.commerce.drops import contracts as contracts
from backstay.products.commerce.drops.errors import DropClosed as DropClosed
from backstay.products.commerce.drops.errors import NoSuchDrop as NoSuchDrop
from backstay.products.commerce.drops.errors import NoSuchPlace as NoSuchPlace
from backstay.products.commerce.drops.service import Drops as Drops
from backstay.products.commerce.drops.service import join as join
from backstay.products.commerce.drops.service import leave as leave
from backstay.products.commerce.drops.service import look as look
from backstay.products.commerce.drops.service import see as see
