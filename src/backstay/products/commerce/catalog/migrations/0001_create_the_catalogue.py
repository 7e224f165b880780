"""Create the catalogue."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "catalog_0001"
down_revision = None
branch_labels = ("catalog",)


def upgrade() -> None:
    op.create_table(
        "catalog_products",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("brand_id", Uuid(), nullable=True),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("discountable", sa.Boolean(), nullable=False),
        sa.Column("options", Json(), nullable=False),
        sa.Column("media", Json(), nullable=False),
        sa.Column("published_from", Timestamp(), nullable=True),
        sa.Column("published_until", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("deleted_at", Timestamp(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_products")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_catalog_products_organization_id_id")),
    )
    with op.batch_alter_table("catalog_products", schema=None) as batch_op:
        batch_op.create_index("ix_catalog_products_brand", ["organization_id", "brand_id"], unique=False)
        batch_op.create_index(
            "ix_catalog_products_title", ["organization_id", "shop_id", "title_key", "id"], unique=False
        )
        batch_op.create_index(
            "ix_catalog_products_updated", ["organization_id", "shop_id", "updated_at", "id"], unique=False
        )
    op.create_table(
        "catalog_slugs",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "shop_id", "slug", name=op.f("pk_catalog_slugs")),
    )
    with op.batch_alter_table("catalog_slugs", schema=None) as batch_op:
        batch_op.create_index("ix_catalog_slugs_product", ["organization_id", "product_id"], unique=False)
    op.create_table(
        "catalog_terms",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parent_id", Uuid(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('category', 'brand', 'collection')", name=op.f("ck_catalog_terms_kind")),
        sa.CheckConstraint(
            "parent_id IS NULL OR (kind = 'category' AND parent_id <> id)",
            name=op.f("ck_catalog_terms_parent"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_terms")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_catalog_terms_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "kind",
            "slug",
            name=op.f("uq_catalog_terms_organization_id_shop_id_kind_slug"),
        ),
    )
    op.create_table(
        "catalog_windows",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("terms_revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "shop_id", name=op.f("pk_catalog_windows")),
    )
    op.create_table(
        "catalog_listings",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("doc", Json(), nullable=True),
        sa.Column("category_ids", Json(), nullable=False),
        sa.Column("collection_ids", Json(), nullable=False),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_count", sa.Integer(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["catalog_products.organization_id", "catalog_products.id"],
            name=op.f("fk_catalog_listings_organization_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "product_id", name=op.f("pk_catalog_listings")),
    )
    with op.batch_alter_table("catalog_listings", schema=None) as batch_op:
        batch_op.create_index(
            "uq_catalog_listings_revision",
            ["organization_id", "shop_id", "revision", "product_id"],
            unique=True,
        )
    op.create_table(
        "catalog_placements",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("term_id", Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["catalog_products.organization_id", "catalog_products.id"],
            name=op.f("fk_catalog_placements_organization_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "term_id"],
            ["catalog_terms.organization_id", "catalog_terms.id"],
            name=op.f("fk_catalog_placements_organization_id_term_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "product_id", "term_id", name=op.f("pk_catalog_placements")
        ),
    )
    with op.batch_alter_table("catalog_placements", schema=None) as batch_op:
        batch_op.create_index(
            "ix_catalog_placements_term", ["organization_id", "term_id", "product_id"], unique=False
        )
    op.create_table(
        "catalog_variants",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("sku", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("options", Json(), nullable=False),
        sa.Column("barcode", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_stock", sa.Boolean(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "product_id"],
            ["catalog_products.organization_id", "catalog_products.id"],
            name=op.f("fk_catalog_variants_organization_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_variants")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_catalog_variants_organization_id_id")),
    )
    with op.batch_alter_table("catalog_variants", schema=None) as batch_op:
        batch_op.create_index("ix_catalog_variants_product", ["organization_id", "product_id"], unique=False)
        batch_op.create_index(
            "uq_catalog_variants_sku",
            ["organization_id", "shop_id", "sku"],
            unique=True,
            sqlite_where=sa.text("NOT gone"),
            postgresql_where=sa.text("NOT gone"),
        )
    op.create_table(
        "catalog_prices",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("compare_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "amount >= 0 AND (compare_at IS NULL OR compare_at > amount)",
            name=op.f("ck_catalog_prices_amounts"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "variant_id"],
            ["catalog_variants.organization_id", "catalog_variants.id"],
            name=op.f("fk_catalog_prices_organization_id_variant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "variant_id", "currency", name=op.f("pk_catalog_prices")),
    )


def downgrade() -> None:
    op.drop_table("catalog_prices")
    with op.batch_alter_table("catalog_variants", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_catalog_variants_sku", sqlite_where=sa.text("NOT gone"), postgresql_where=sa.text("NOT gone")
        )
        batch_op.drop_index("ix_catalog_variants_product")
    op.drop_table("catalog_variants")
    with op.batch_alter_table("catalog_placements", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_placements_term")
    op.drop_table("catalog_placements")
    with op.batch_alter_table("catalog_listings", schema=None) as batch_op:
        batch_op.drop_index("uq_catalog_listings_revision")
    op.drop_table("catalog_listings")
    op.drop_table("catalog_windows")
    op.drop_table("catalog_terms")
    with op.batch_alter_table("catalog_slugs", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_slugs_product")
    op.drop_table("catalog_slugs")
    with op.batch_alter_table("catalog_products", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_products_updated")
        batch_op.drop_index("ix_catalog_products_title")
        batch_op.drop_index("ix_catalog_products_brand")
    op.drop_table("catalog_products")
