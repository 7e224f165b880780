"""Reviews over HTTP: merchants' under `/shops`, shoppers' under `/store`."""

from backstay.products.commerce.reviews.http.merchants import MODERATE as MODERATE
from backstay.products.commerce.reviews.http.merchants import READ as READ
from backstay.products.commerce.reviews.http.merchants import ReviewsController as ReviewsController
from backstay.products.commerce.reviews.http.shoppers import BuyerController as BuyerController
from backstay.products.commerce.reviews.http.shoppers import StoreReviewsController as StoreReviewsController
