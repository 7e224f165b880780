"""What one can do with wishlists."""

from backstay.products.commerce.wishlists.service.keeping import change as change
from backstay.products.commerce.wishlists.service.keeping import create as create
from backstay.products.commerce.wishlists.service.keeping import default as default
from backstay.products.commerce.wishlists.service.keeping import get as get
from backstay.products.commerce.wishlists.service.keeping import list_ as list_
from backstay.products.commerce.wishlists.service.keeping import locked as locked
from backstay.products.commerce.wishlists.service.keeping import remove as remove
from backstay.products.commerce.wishlists.service.keeping import view as view
from backstay.products.commerce.wishlists.service.keeping import wishes as wishes
from backstay.products.commerce.wishlists.service.personal import PERSONAL as PERSONAL
from backstay.products.commerce.wishlists.service.shopping import drop as drop
from backstay.products.commerce.wishlists.service.shopping import move as move
from backstay.products.commerce.wishlists.service.shopping import read_shared as read_shared
from backstay.products.commerce.wishlists.service.shopping import share as share
from backstay.products.commerce.wishlists.service.shopping import unshare as unshare
from backstay.products.commerce.wishlists.service.shopping import wish as wish
