"""The catalogue's use cases."""

from backstay.products.commerce.catalog.service.cards import priced_for as priced_for
from backstay.products.commerce.catalog.service.facts import gate as gate
from backstay.products.commerce.catalog.service.facts import rated as rated
from backstay.products.commerce.catalog.service.facts import sold as sold
from backstay.products.commerce.catalog.service.facts import stocked as stocked
from backstay.products.commerce.catalog.service.glances import standings as standings
from backstay.products.commerce.catalog.service.importing import get_import as get_import
from backstay.products.commerce.catalog.service.importing import import_csv as import_csv
from backstay.products.commerce.catalog.service.offers import offers as offers
from backstay.products.commerce.catalog.service.products import create as create
from backstay.products.commerce.catalog.service.products import create_all as create_all
from backstay.products.commerce.catalog.service.products import find_skus as find_skus
from backstay.products.commerce.catalog.service.searching import changes_at as changes_at
from backstay.products.commerce.catalog.service.searching import search as search
from backstay.products.commerce.catalog.service.store import look as look
