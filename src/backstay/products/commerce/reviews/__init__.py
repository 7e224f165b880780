"""Reviews: what buyers say of what they got, what it comes to, and what a shop does about it.

It promises:

- whoever reviews as a buyer bought the product here and had it sent; one review a line of an order;
- a product's rating is what its published reviews say, after every commit, whatever dies in between;
- what was wholly refunded is withdrawn, and counts no more.

Its limits: who has neither account nor the order's token reviews nothing; a shop's own people judge what
is shown; an imported review is shown as such, and nobody checks who wrote it.
"""

from backstay.products.commerce.reviews import contracts as contracts
from backstay.products.commerce.reviews.contracts import ImportedReview as ImportedReview
from backstay.products.commerce.reviews.contracts import ProductRating as ProductRating
from backstay.products.commerce.reviews.contracts import Review as Review
from backstay.products.commerce.reviews.contracts import ReviewState as ReviewState
from backstay.products.commerce.reviews.errors import NoSuchReview as NoSuchReview
from backstay.products.commerce.reviews.events import RatingChanged as RatingChanged
from backstay.products.commerce.reviews.events import ReviewWritten as ReviewWritten
from backstay.products.commerce.reviews.service import change as change
from backstay.products.commerce.reviews.service import import_review as import_review
from backstay.products.commerce.reviews.service import published as published
from backstay.products.commerce.reviews.service import ratings_of as ratings_of
from backstay.products.commerce.reviews.service import reviews_of as reviews_of
from backstay.products.commerce.reviews.service import write as write
