"""The catalogue over HTTP: merchants under `/shops/{shop}`, shoppers under `/store/{shop}`."""

from backstay.products.commerce.catalog.http.files import ExportsController as ExportsController
from backstay.products.commerce.catalog.http.files import ImportsController as ImportsController
from backstay.products.commerce.catalog.http.files import PriceEditsController as PriceEditsController
from backstay.products.commerce.catalog.http.groups import (
    CustomerGroupsController as CustomerGroupsController,
)
from backstay.products.commerce.catalog.http.lists import PriceListsController as PriceListsController
from backstay.products.commerce.catalog.http.permissions import GROUPS as GROUPS
from backstay.products.commerce.catalog.http.permissions import READ as READ
from backstay.products.commerce.catalog.http.permissions import WRITE as WRITE
from backstay.products.commerce.catalog.http.products import ProductsController as ProductsController
from backstay.products.commerce.catalog.http.products import VariantsController as VariantsController
from backstay.products.commerce.catalog.http.store import WindowController as WindowController
from backstay.products.commerce.catalog.http.terms import BrandsController as BrandsController
from backstay.products.commerce.catalog.http.terms import CategoriesController as CategoriesController
from backstay.products.commerce.catalog.http.terms import CollectionsController as CollectionsController
