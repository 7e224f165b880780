"""Inventory: how much of each variant lies where, and to whom it is promised.

- No more is promised than lies there and may be ordered beyond it, however many ask at once.
- A reservation is whole or not there, and given back once, each unit to the location it came from.
- A hold whose time is over stands in nobody's way; a level is the sum of its ledger.
- A variant without any level is not limited; a unit that holds for several may lose a race.
"""

from backstay.products.commerce.inventory.contracts import Adjustment as Adjustment
from backstay.products.commerce.inventory.contracts import Allocation as Allocation
from backstay.products.commerce.inventory.contracts import Availability as Availability
from backstay.products.commerce.inventory.contracts import NewLocation as NewLocation
from backstay.products.commerce.inventory.contracts import Reservation as Reservation
from backstay.products.commerce.inventory.contracts import ShelfState as ShelfState
from backstay.products.commerce.inventory.contracts import Want as Want
from backstay.products.commerce.inventory.errors import InsufficientStock as InsufficientStock
from backstay.products.commerce.inventory.errors import NoSuchReservation as NoSuchReservation
from backstay.products.commerce.inventory.errors import NotHeld as NotHeld
from backstay.products.commerce.inventory.errors import NotShipped as NotShipped
from backstay.products.commerce.inventory.errors import Shortage as Shortage
from backstay.products.commerce.inventory.errors import StockReserved as StockReserved
from backstay.products.commerce.inventory.events import StockCameBack as StockCameBack
from backstay.products.commerce.inventory.events import StockRanLow as StockRanLow
from backstay.products.commerce.inventory.events import StockRanOut as StockRanOut
from backstay.products.commerce.inventory.service import PastMovement as PastMovement
from backstay.products.commerce.inventory.service import adjust as adjust
from backstay.products.commerce.inventory.service import available as available
from backstay.products.commerce.inventory.service import count_low as count_low
from backstay.products.commerce.inventory.service import fulfil as fulfil
from backstay.products.commerce.inventory.service import invariants as invariants
from backstay.products.commerce.inventory.service import keep as keep
from backstay.products.commerce.inventory.service import low as low
from backstay.products.commerce.inventory.service import open_location as open_location
from backstay.products.commerce.inventory.service import record as record
from backstay.products.commerce.inventory.service import release as release
from backstay.products.commerce.inventory.service import reservation as reservation
from backstay.products.commerce.inventory.service import reserve as reserve
from backstay.products.commerce.inventory.service import restock as restock
from backstay.products.commerce.inventory.service.reading import shelves as shelves
from backstay.products.commerce.inventory.settings import InventorySettings as InventorySettings
