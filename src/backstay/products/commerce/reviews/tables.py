"""Reviews, what they come to a product, who found them helpful, and what is held against them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import (
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    version_column,
)

metadata = module_tables("reviews")

reviews = Table(
    "reviews_reviews",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=True),
    Column("line_id", Text, nullable=True),
    Column("author_id", Uuid, nullable=True),
    Column("author", Text, nullable=True),
    Column("verified", Boolean, nullable=False),
    Column("source", Text, nullable=True),
    Column("source_id", Text, nullable=True),
    Column("rating", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=True),
    Column("reply", Text, nullable=True),
    Column("replied_at", Timestamp, nullable=True),
    Column("helpful", BigInteger, nullable=False),
    Column("reports", BigInteger, nullable=False),
    Column("written_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False, info={"role": "updated_at"}),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    # One a line of an order, and one a name of where it was imported from.
    UniqueConstraint("organization_id", "order_id", "line_id"),
    UniqueConstraint("organization_id", "shop_id", "source", "source_id"),
    Index("ix_reviews_reviews_product_id", "organization_id", "shop_id", "product_id", "state", "written_at"),
    Index("ix_reviews_reviews_written_at", "organization_id", "shop_id", "written_at"),
    Index("ix_reviews_reviews_author_id", "author_id"),
    CheckConstraint("rating BETWEEN 1 AND 5 AND helpful >= 0 AND reports >= 0", name="counted"),
    CheckConstraint(
        "(order_id IS NULL) = (line_id IS NULL) AND (order_id IS NOT NULL) = verified", name="bought"
    ),
)
"""`author_id` is the account that bought, if any did; without one, the order's token proves its author."""

_STARS = ("one", "two", "three", "four", "five")
ratings = Table(
    "reviews_ratings",
    metadata,
    organization_column(),
    Column("product_id", Uuid, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in _STARS),
    Column("rating", Integer, nullable=True),
    PrimaryKeyConstraint("organization_id", "product_id"),
    Index("ix_reviews_ratings_shop_id", "organization_id", "shop_id", "product_id"),
    CheckConstraint(" AND ".join(f"{name} >= 0" for name in _STARS), name="counted"),
)
"""How many published reviews have how many stars, moved in the commit of the review. Whoever changes
reviews of a product holds its row first, so that they follow each other."""

settings = Table(
    "reviews_settings",
    metadata,
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("moderated", Boolean, nullable=False),
    Column("prior_mean", Integer, nullable=False),
    Column("prior_weight", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "shop_id"),
)

votes = Table(
    "reviews_votes",
    metadata,
    id_column(),
    organization_column(),
    Column("review_id", Uuid, nullable=False),
    Column("voter_id", Uuid, nullable=True),
    Column("voted_at", Timestamp, nullable=False, info={"role": "created_at"}),
    UniqueConstraint("organization_id", "review_id", "voter_id"),
    ForeignKeyConstraint(
        ["organization_id", "review_id"],
        ["reviews_reviews.organization_id", "reviews_reviews.id"],
        ondelete="CASCADE",
    ),
    Index("ix_reviews_votes_voter_id", "voter_id"),
)
"""An erased account's votes stay counted, as nobody's."""

reports = Table(
    "reviews_reports",
    metadata,
    id_column(),
    organization_column(),
    Column("review_id", Uuid, nullable=False),
    Column("reporter_id", Uuid, nullable=True),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reported_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("handled_at", Timestamp, nullable=True),
    UniqueConstraint("organization_id", "review_id", "reporter_id"),
    ForeignKeyConstraint(
        ["organization_id", "review_id"],
        ["reviews_reviews.organization_id", "reviews_reviews.id"],
        ondelete="CASCADE",
    ),
    Index("ix_reviews_reports_reporter_id", "reporter_id"),
)
