"""Create reviews."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "reviews_0001"
down_revision = None
branch_labels = ("reviews",)


def upgrade() -> None:
    op.create_table(
        "reviews_ratings",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("one", sa.BigInteger(), nullable=False),
        sa.Column("two", sa.BigInteger(), nullable=False),
        sa.Column("three", sa.BigInteger(), nullable=False),
        sa.Column("four", sa.BigInteger(), nullable=False),
        sa.Column("five", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "one >= 0 AND two >= 0 AND three >= 0 AND four >= 0 AND five >= 0",
            name=op.f("ck_reviews_ratings_counted"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "product_id", name=op.f("pk_reviews_ratings")),
    )
    with op.batch_alter_table("reviews_ratings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reviews_ratings_shop_id", ["organization_id", "shop_id", "product_id"], unique=False
        )
    op.create_table(
        "reviews_reviews",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("order_id", Uuid(), nullable=True),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("author_id", Uuid(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", Timestamp(), nullable=True),
        sa.Column("helpful", sa.BigInteger(), nullable=False),
        sa.Column("reports", sa.BigInteger(), nullable=False),
        sa.Column("written_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(order_id IS NULL) = (line_id IS NULL) AND (order_id IS NOT NULL) = verified",
            name=op.f("ck_reviews_reviews_bought"),
        ),
        sa.CheckConstraint(
            "rating BETWEEN 1 AND 5 AND helpful >= 0 AND reports >= 0",
            name=op.f("ck_reviews_reviews_counted"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews_reviews")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_reviews_reviews_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "order_id",
            "line_id",
            name=op.f("uq_reviews_reviews_organization_id_order_id_line_id"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "source",
            "source_id",
            name=op.f("uq_reviews_reviews_organization_id_shop_id_source_source_id"),
        ),
    )
    with op.batch_alter_table("reviews_reviews", schema=None) as batch_op:
        batch_op.create_index("ix_reviews_reviews_author_id", ["author_id"], unique=False)
        batch_op.create_index(
            "ix_reviews_reviews_product_id",
            ["organization_id", "shop_id", "product_id", "state", "written_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_reviews_reviews_written_at", ["organization_id", "shop_id", "written_at"], unique=False
        )
    op.create_table(
        "reviews_settings",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("moderated", sa.Boolean(), nullable=False),
        sa.Column("prior_mean", sa.Integer(), nullable=False),
        sa.Column("prior_weight", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "shop_id", name=op.f("pk_reviews_settings")),
    )
    op.create_table(
        "reviews_reports",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("review_id", Uuid(), nullable=False),
        sa.Column("reporter_id", Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reported_at", Timestamp(), nullable=False),
        sa.Column("handled_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "review_id"],
            ["reviews_reviews.organization_id", "reviews_reviews.id"],
            name=op.f("fk_reviews_reports_organization_id_review_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews_reports")),
        sa.UniqueConstraint(
            "organization_id",
            "review_id",
            "reporter_id",
            name=op.f("uq_reviews_reports_organization_id_review_id_reporter_id"),
        ),
    )
    with op.batch_alter_table("reviews_reports", schema=None) as batch_op:
        batch_op.create_index("ix_reviews_reports_reporter_id", ["reporter_id"], unique=False)
    op.create_table(
        "reviews_votes",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("review_id", Uuid(), nullable=False),
        sa.Column("voter_id", Uuid(), nullable=True),
        sa.Column("voted_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "review_id"],
            ["reviews_reviews.organization_id", "reviews_reviews.id"],
            name=op.f("fk_reviews_votes_organization_id_review_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews_votes")),
        sa.UniqueConstraint(
            "organization_id",
            "review_id",
            "voter_id",
            name=op.f("uq_reviews_votes_organization_id_review_id_voter_id"),
        ),
    )
    with op.batch_alter_table("reviews_votes", schema=None) as batch_op:
        batch_op.create_index("ix_reviews_votes_voter_id", ["voter_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("reviews_votes", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_votes_voter_id")
    op.drop_table("reviews_votes")
    with op.batch_alter_table("reviews_reports", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_reports_reporter_id")
    op.drop_table("reviews_reports")
    op.drop_table("reviews_settings")
    with op.batch_alter_table("reviews_reviews", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_reviews_written_at")
        batch_op.drop_index("ix_reviews_reviews_product_id")
        batch_op.drop_index("ix_reviews_reviews_author_id")
    op.drop_table("reviews_reviews")
    with op.batch_alter_table("reviews_ratings", schema=None) as batch_op:
        batch_op.drop_index("ix_reviews_ratings_shop_id")
    op.drop_table("reviews_ratings")
