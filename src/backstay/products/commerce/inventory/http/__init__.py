"""Stock over HTTP: the merchants' under `/shops/…/inventory`, the shoppers' under `/store/…`."""

from backstay.products.commerce.inventory.http.levels import LevelsController as LevelsController
from backstay.products.commerce.inventory.http.locations import LocationsController as LocationsController
from backstay.products.commerce.inventory.http.permissions import MANAGE as MANAGE
from backstay.products.commerce.inventory.http.permissions import MOVE as MOVE
from backstay.products.commerce.inventory.http.permissions import READ as READ
from backstay.products.commerce.inventory.http.reservations import (
    ReservationsController as ReservationsController,
)
from backstay.products.commerce.inventory.http.store import AvailabilityController as AvailabilityController
