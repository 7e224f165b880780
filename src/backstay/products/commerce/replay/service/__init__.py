"""The use cases of replays."""

from backstay.products.commerce.replay.service.checking import check as check
from backstay.products.commerce.replay.service.listing import read_products as read_products
from backstay.products.commerce.replay.service.listing import stock_up as stock_up
from backstay.products.commerce.replay.service.listing import take_reviews as take_reviews
from backstay.products.commerce.replay.service.reading import read_file as read_file
from backstay.products.commerce.replay.service.running import run as run
