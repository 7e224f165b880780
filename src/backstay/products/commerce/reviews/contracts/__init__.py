"""What reviews are, what is asked of them, and how products are rated by them."""

from backstay.products.commerce.reviews.contracts.asking import ImportedReview as ImportedReview
from backstay.products.commerce.reviews.contracts.asking import NewReview as NewReview
from backstay.products.commerce.reviews.contracts.asking import NewReviewReport as NewReviewReport
from backstay.products.commerce.reviews.contracts.asking import ReviewChanges as ReviewChanges
from backstay.products.commerce.reviews.contracts.asking import ReviewRejection as ReviewRejection
from backstay.products.commerce.reviews.contracts.asking import ReviewReply as ReviewReply
from backstay.products.commerce.reviews.contracts.ratings import ProductRating as ProductRating
from backstay.products.commerce.reviews.contracts.ratings import Rating as Rating
from backstay.products.commerce.reviews.contracts.ratings import Rerate as Rerate
from backstay.products.commerce.reviews.contracts.ratings import ReviewSettings as ReviewSettings
from backstay.products.commerce.reviews.contracts.ratings import Tally as Tally
from backstay.products.commerce.reviews.contracts.reviews import OwnReview as OwnReview
from backstay.products.commerce.reviews.contracts.reviews import PublicReview as PublicReview
from backstay.products.commerce.reviews.contracts.reviews import Review as Review
from backstay.products.commerce.reviews.contracts.reviews import ReviewReport as ReviewReport
from backstay.products.commerce.reviews.contracts.reviews import ReviewState as ReviewState
