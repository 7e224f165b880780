"""Orders: the checkout, and everything that becomes of an order until it is sent, returned or given up.

- an order is what its events say: the row that is read is made again from them, as of any instant;
- one cart is one order; nothing is sold that is not there; what was bought stays as it was bought;
- money in = money out + held, order by order; money that comes too late buys it again or goes back, once;
- an order that ends gives each unit back to its location, once; what has left can only be returned.
"""

from backstay.products.commerce.orders import events as events
from backstay.products.commerce.orders.contracts import gate as gate
from backstay.products.commerce.orders.contracts import requests as requests
from backstay.products.commerce.orders.contracts.figures import OrderFigures as OrderFigures
from backstay.products.commerce.orders.contracts.history import OrderEvent as OrderEvent
from backstay.products.commerce.orders.contracts.order import Address as Address
from backstay.products.commerce.orders.contracts.order import Fulfilment as Fulfilment
from backstay.products.commerce.orders.contracts.order import Order as Order
from backstay.products.commerce.orders.contracts.order import RefundedLine as RefundedLine
from backstay.products.commerce.orders.contracts.order import RefundState as RefundState
from backstay.products.commerce.orders.contracts.past import PastLine as PastLine
from backstay.products.commerce.orders.contracts.past import PastOrder as PastOrder
from backstay.products.commerce.orders.contracts.past import PastReturn as PastReturn
from backstay.products.commerce.orders.contracts.states import OrderStatus as OrderStatus
from backstay.products.commerce.orders.errors import NoSuchOrder as NoSuchOrder
from backstay.products.commerce.orders.errors import NotReady as NotReady
from backstay.products.commerce.orders.events import ORDER_EVENTS as ORDER_EVENTS
from backstay.products.commerce.orders.events import OrderEventTold as OrderEventTold
from backstay.products.commerce.orders.service import bought as bought
from backstay.products.commerce.orders.service import cancel_own as cancel_own
from backstay.products.commerce.orders.service import figuring as figuring
from backstay.products.commerce.orders.service import get as get
from backstay.products.commerce.orders.service import invariants as invariants
from backstay.products.commerce.orders.service import list_own as list_own
from backstay.products.commerce.orders.service import of_customer as of_customer
from backstay.products.commerce.orders.service import place as place
from backstay.products.commerce.orders.service import record as record
from backstay.products.commerce.orders.service import settle as settle
from backstay.products.commerce.orders.service import shown as shown
from backstay.products.commerce.orders.service import token_of as token_of
from backstay.products.commerce.orders.service import walk as walk
from backstay.products.commerce.orders.service.checkout import check_out as check_out
