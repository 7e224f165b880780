"""Products, what they are found by, what they cost, and the files they came in.

`catalog_windows` has one row a shop: every change of its catalogue moves `revision` first, so that
changes of one shop follow each other, and a process that knows the revision knows what it lacks.
"""

from backstay.products.commerce.catalog.tables.base import metadata as metadata
from backstay.products.commerce.catalog.tables.files import exports as exports
from backstay.products.commerce.catalog.tables.files import faults as faults
from backstay.products.commerce.catalog.tables.files import imports as imports
from backstay.products.commerce.catalog.tables.files import touched as touched
from backstay.products.commerce.catalog.tables.goods import listings as listings
from backstay.products.commerce.catalog.tables.goods import placements as placements
from backstay.products.commerce.catalog.tables.goods import products as products
from backstay.products.commerce.catalog.tables.goods import slugs as slugs
from backstay.products.commerce.catalog.tables.goods import terms as terms
from backstay.products.commerce.catalog.tables.goods import variants as variants
from backstay.products.commerce.catalog.tables.goods import windows as windows
from backstay.products.commerce.catalog.tables.groups import groups as groups
from backstay.products.commerce.catalog.tables.groups import members as members
from backstay.products.commerce.catalog.tables.trade import edited_prices as edited_prices
from backstay.products.commerce.catalog.tables.trade import list_prices as list_prices
from backstay.products.commerce.catalog.tables.trade import price_edits as price_edits
from backstay.products.commerce.catalog.tables.trade import price_lists as price_lists
from backstay.products.commerce.catalog.tables.trade import prices as prices
