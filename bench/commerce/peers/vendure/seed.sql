-- The catalogue that all start from, straight into Vendure's tables; :products of it with ten variants each.
\set ON_ERROR_STOP on
BEGIN;
UPDATE channel SET "pricesIncludeTax" = true, "defaultCurrencyCode" = 'EUR', "availableCurrencyCodes" = 'EUR';

INSERT INTO facet (id, code) VALUES (1, 'brand'), (2, 'category'), (3, 'colour'), (4, 'size');
INSERT INTO facet_translation ("languageCode", name, "baseId") SELECT 'en', code, id FROM facet;
INSERT INTO facet_channels_channel SELECT id, 1 FROM facet;
INSERT INTO facet_value (id, code, "facetId")
  SELECT n, 'brand-' || n, 1 FROM generate_series(1, 20) n
  UNION ALL SELECT 20 + n, 'category-' || n, 2 FROM generate_series(1, 30) n
  UNION ALL SELECT 50 + n, 'colour-' || n, 3 FROM generate_series(1, 5) n
  UNION ALL SELECT 55 + n, 'size-' || n, 4 FROM generate_series(1, 2) n;
INSERT INTO facet_value_translation ("languageCode", name, "baseId") SELECT 'en', code, id FROM facet_value;
INSERT INTO facet_value_channels_channel SELECT id, 1 FROM facet_value;

INSERT INTO product_option_group (id, code) VALUES (1, 'colour'), (2, 'size');
INSERT INTO product_option_group_translation ("languageCode", name, "baseId")
  SELECT 'en', initcap(code), id FROM product_option_group;
INSERT INTO product_option_group_channels_channel SELECT id, 1 FROM product_option_group;
INSERT INTO product_option (id, code, "groupId")
  SELECT n, 'colour-' || n, 1 FROM generate_series(1, 5) n
  UNION ALL SELECT 5 + n, 'size-' || n, 2 FROM generate_series(1, 2) n;
INSERT INTO product_option_translation ("languageCode", name, "baseId") SELECT 'en', code, id FROM product_option;
INSERT INTO product_option_channels_channel SELECT id, 1 FROM product_option;

CREATE TEMPORARY TABLE goods AS
  SELECT p AS product, 10 * (p - 1) + v AS variant, v AS number,
    format('Product %s', lpad(p::text, 5, '0')) AS title,
    format('product-%s', lpad(p::text, 5, '0')) AS slug,
    format('P%s-%s', lpad(p::text, 5, '0'), lpad(v::text, 2, '0')) AS sku,
    1 + p % 20 AS brand, 1 + p % 30 AS category, 1 + (v - 1) % 5 AS colour, 1 + (v - 1) / 5 AS size,
    500 + (p * 7919) % 20000 + 50 * v AS price
  FROM generate_series(1, :products) p, generate_series(1, 10) v;

INSERT INTO product (id) SELECT product FROM goods WHERE number = 1;
INSERT INTO product_translation ("languageCode", name, slug, description, "baseId")
  SELECT 'en', title, slug, 'What ' || title || ' is made for.', product FROM goods WHERE number = 1;
INSERT INTO product_channels_channel SELECT product, 1 FROM goods WHERE number = 1;
INSERT INTO product_option_groups_product_option_group
  SELECT product, groups FROM goods, generate_series(1, 2) groups WHERE number = 1;
INSERT INTO product_facet_values_facet_value SELECT product, brand FROM goods WHERE number = 1
  UNION ALL SELECT product, 20 + category FROM goods WHERE number = 1;

INSERT INTO product_variant (id, sku, "taxCategoryId", "productId") SELECT variant, sku, 1, product FROM goods;
INSERT INTO product_variant_translation ("languageCode", name, "baseId") SELECT 'en', title, variant FROM goods;
INSERT INTO product_variant_channels_channel SELECT variant, 1 FROM goods;
INSERT INTO product_variant_price ("currencyCode", "channelId", price, "variantId")
  SELECT 'EUR', 1, price, variant FROM goods;
INSERT INTO product_variant_options_product_option SELECT variant, colour FROM goods
  UNION ALL SELECT variant, 5 + size FROM goods;
INSERT INTO product_variant_facet_values_facet_value SELECT variant, 50 + colour FROM goods
  UNION ALL SELECT variant, 55 + size FROM goods;
INSERT INTO stock_level ("stockOnHand", "stockAllocated", "productVariantId", "stockLocationId")
  SELECT 1000000, 0, variant, 1 FROM goods;
-- As the search plugin writes it; lists are joined by commas.
INSERT INTO search_index_item ("languageCode", enabled, "productName", "productVariantName", description, slug, sku,
    "facetIds", "facetValueIds", "collectionIds", "collectionSlugs", "channelIds", "productPreview",
    "productVariantPreview", "productVariantId", "channelId", "productId", price, "priceWithTax")
  SELECT 'en', true, title, title, 'What ' || title || ' is made for.', slug, sku,
    '1,2,3,4', format('%s,%s,%s,%s', brand, 20 + category, 50 + colour, 55 + size), '', '', '1', '', '',
    variant, 1, product, round(price / 1.19), price FROM goods;

SELECT setval(pg_get_serial_sequence(name, 'id'), 1000000)
  FROM unnest(ARRAY['facet', 'facet_value', 'product_option_group', 'product_option', 'product', 'product_variant']) name;
COMMIT;
ANALYZE;
