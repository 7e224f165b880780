"""What is done with drops."""

from backstay.products.commerce.drops.service.managing import change as change
from backstay.products.commerce.drops.service.managing import close as close
from backstay.products.commerce.drops.service.managing import create as create
from backstay.products.commerce.drops.service.managing import get as get
from backstay.products.commerce.drops.service.managing import list_ as list_
from backstay.products.commerce.drops.service.managing import places as places
from backstay.products.commerce.drops.service.managing import remove as remove
from backstay.products.commerce.drops.service.personal import PERSONAL as PERSONAL
from backstay.products.commerce.drops.service.queueing import join as join
from backstay.products.commerce.drops.service.queueing import leave as leave
from backstay.products.commerce.drops.service.queueing import look as look
from backstay.products.commerce.drops.service.queueing import see as see
from backstay.products.commerce.drops.service.tokens import Drops as Drops
