"""A shop's catalogue: products and variants, what they are found by, what they cost.

It promises:

- a search shows what was committed before it, and a facet's count is the length of the list it leads to;
- what is for sale at which price is told by one place, to the moment; a group's prices are its own;
- an import takes a product whole or not at all, says why of every row that it did not take, goes on
  where it was when its process dies, and its undo puts back exactly what it changed.

Its limits: a process holds the shops that it searches in memory; lists go by everybody's prices.
"""

from backstay.products.commerce.catalog import events as events
from backstay.products.commerce.catalog.contracts import examples as examples
from backstay.products.commerce.catalog.contracts import window as window
from backstay.products.commerce.catalog.contracts.prices import Offer as Offer
from backstay.products.commerce.catalog.contracts.products import Price as Price
from backstay.products.commerce.catalog.contracts.products import Product as Product
from backstay.products.commerce.catalog.contracts.products import ProductDraft as ProductDraft
from backstay.products.commerce.catalog.contracts.products import Standing as Standing
from backstay.products.commerce.catalog.contracts.products import VariantDraft as VariantDraft
from backstay.products.commerce.catalog.contracts.window import Chosen as Chosen
from backstay.products.commerce.catalog.contracts.window import Found as Found
from backstay.products.commerce.catalog.contracts.window import Sort as Sort
from backstay.products.commerce.catalog.errors import NoSuchProduct as NoSuchProduct
from backstay.products.commerce.catalog.service import changes_at as changes_at
from backstay.products.commerce.catalog.service import create as create
from backstay.products.commerce.catalog.service import create_all as create_all
from backstay.products.commerce.catalog.service import find_skus as find_skus
from backstay.products.commerce.catalog.service import gate as gate
from backstay.products.commerce.catalog.service import get_import as get_import
from backstay.products.commerce.catalog.service import import_csv as import_csv
from backstay.products.commerce.catalog.service import look as look
from backstay.products.commerce.catalog.service import offers as offers
from backstay.products.commerce.catalog.service import priced_for as priced_for
from backstay.products.commerce.catalog.service import rated as rated
from backstay.products.commerce.catalog.service import search as search
from backstay.products.commerce.catalog.service import sold as sold
from backstay.products.commerce.catalog.service import standings as standings
from backstay.products.commerce.catalog.service import stocked as stocked
