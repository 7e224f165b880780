"""Price lists, edits of prices, imports and exports."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "catalog_0002"
down_revision = "catalog_0001"


def upgrade() -> None:
    op.create_table(
        "catalog_exports",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("products", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("finished_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_exports")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_catalog_exports_organization_id_id")),
    )
    op.create_table(
        "catalog_imports",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("make_terms", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("products", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("finished_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_imports")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_catalog_imports_organization_id_id")),
    )
    with op.batch_alter_table("catalog_imports", schema=None) as batch_op:
        batch_op.create_index(
            "ix_catalog_imports_shop", ["organization_id", "shop_id", "created_at", "id"], unique=False
        )
    op.create_table(
        "catalog_price_edits",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("undone_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_price_edits")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_catalog_price_edits_organization_id_id")),
    )
    with op.batch_alter_table("catalog_price_edits", schema=None) as batch_op:
        batch_op.create_index(
            "ix_catalog_price_edits_shop", ["organization_id", "shop_id", "created_at", "id"], unique=False
        )
    op.create_table(
        "catalog_price_lists",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("customer_group", sa.Text(), nullable=True),
        sa.Column("starts_at", Timestamp(), nullable=True),
        sa.Column("ends_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_price_lists")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_catalog_price_lists_organization_id_id")),
    )
    with op.batch_alter_table("catalog_price_lists", schema=None) as batch_op:
        batch_op.create_index(
            "ix_catalog_price_lists_shop", ["organization_id", "shop_id", "created_at", "id"], unique=False
        )
    op.create_table(
        "catalog_edited_prices",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("edit_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.Column("before_compare_at", sa.BigInteger(), nullable=True),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("after_compare_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "edit_id"],
            ["catalog_price_edits.organization_id", "catalog_price_edits.id"],
            name=op.f("fk_catalog_edited_prices_organization_id_edit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "edit_id", "variant_id", name=op.f("pk_catalog_edited_prices")
        ),
    )
    op.create_table(
        "catalog_faults",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("import_id", Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "import_id"],
            ["catalog_imports.organization_id", "catalog_imports.id"],
            name=op.f("fk_catalog_faults_organization_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "import_id", "number", name=op.f("pk_catalog_faults")),
    )
    op.create_table(
        "catalog_touched",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("import_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", Json(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "import_id"],
            ["catalog_imports.organization_id", "catalog_imports.id"],
            name=op.f("fk_catalog_touched_organization_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "import_id", "product_id", name=op.f("pk_catalog_touched")
        ),
    )
    with op.batch_alter_table("catalog_touched", schema=None) as batch_op:
        batch_op.create_index(
            "ix_catalog_touched_number", ["organization_id", "import_id", "number"], unique=False
        )
    op.create_table(
        "catalog_list_prices",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("price_list_id", Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_catalog_list_prices_amount")),
        sa.ForeignKeyConstraint(
            ["organization_id", "price_list_id"],
            ["catalog_price_lists.organization_id", "catalog_price_lists.id"],
            name=op.f("fk_catalog_list_prices_organization_id_price_list_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "variant_id"],
            ["catalog_variants.organization_id", "catalog_variants.id"],
            name=op.f("fk_catalog_list_prices_organization_id_variant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "variant_id", "price_list_id", name=op.f("pk_catalog_list_prices")
        ),
    )
    with op.batch_alter_table("catalog_list_prices", schema=None) as batch_op:
        batch_op.create_index(
            "ix_catalog_list_prices_list", ["organization_id", "price_list_id", "variant_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("catalog_list_prices", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_list_prices_list")
    op.drop_table("catalog_list_prices")
    with op.batch_alter_table("catalog_touched", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_touched_number")
    op.drop_table("catalog_touched")
    op.drop_table("catalog_faults")
    op.drop_table("catalog_edited_prices")
    with op.batch_alter_table("catalog_price_lists", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_price_lists_shop")
    op.drop_table("catalog_price_lists")
    with op.batch_alter_table("catalog_price_edits", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_price_edits_shop")
    op.drop_table("catalog_price_edits")
    with op.batch_alter_table("catalog_imports", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_imports_shop")
    op.drop_table("catalog_imports")
    op.drop_table("catalog_exports")
