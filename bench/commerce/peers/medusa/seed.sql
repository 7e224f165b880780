-- The shop and the catalogue that all start from, straight into Medusa's tables; :products with ten variants each.
\set ON_ERROR_STOP on
BEGIN;
INSERT INTO sales_channel (id, name) VALUES ('sc_bench', 'Bench');
INSERT INTO api_key (id, token, salt, redacted, title, type, created_by)
  VALUES ('apk_bench', 'pk_bench', '', 'pk_***', 'Bench', 'publishable', '');
INSERT INTO publishable_api_key_sales_channel (id, publishable_key_id, sales_channel_id)
  VALUES ('pksc_bench', 'apk_bench', 'sc_bench');
INSERT INTO store (id, name, default_sales_channel_id) VALUES ('store_bench', 'Bench', 'sc_bench');
INSERT INTO store_currency (id, currency_code, is_default, store_id) VALUES ('stocur_bench', 'eur', true, 'store_bench');
INSERT INTO region (id, name, currency_code, automatic_taxes) VALUES ('reg_bench', 'Europe', 'eur', true);
UPDATE region_country SET region_id = 'reg_bench' WHERE iso_2 = 'de';
INSERT INTO region_payment_provider (id, region_id, payment_provider_id)
  VALUES ('regpp_bench', 'reg_bench', 'pp_system_default');
INSERT INTO price_preference (id, attribute, value, is_tax_inclusive) VALUES
  ('prpref_currency', 'currency_code', 'eur', true), ('prpref_region', 'region_id', 'reg_bench', true);
INSERT INTO tax_region (id, provider_id, country_code) VALUES ('txreg_bench', 'tp_system', 'de');
INSERT INTO tax_rate (id, rate, code, name, is_default, tax_region_id)
  VALUES ('txr_bench', 19, 'vat', 'VAT', true, 'txreg_bench');

INSERT INTO stock_location (id, name) VALUES ('sloc_bench', 'Hamburg');
INSERT INTO sales_channel_stock_location (id, sales_channel_id, stock_location_id)
  VALUES ('scloc_bench', 'sc_bench', 'sloc_bench');
INSERT INTO fulfillment_set (id, name, type) VALUES ('fuset_bench', 'Shipping', 'shipping');
INSERT INTO location_fulfillment_set (id, stock_location_id, fulfillment_set_id)
  VALUES ('locfs_bench', 'sloc_bench', 'fuset_bench');
INSERT INTO location_fulfillment_provider (id, stock_location_id, fulfillment_provider_id)
  VALUES ('locfp_bench', 'sloc_bench', 'manual_manual');
INSERT INTO service_zone (id, name, fulfillment_set_id) VALUES ('serzo_bench', 'Germany', 'fuset_bench');
INSERT INTO geo_zone (id, type, country_code, service_zone_id) VALUES ('fgz_bench', 'country', 'de', 'serzo_bench');
INSERT INTO shipping_profile (id, name, type) VALUES ('sp_bench', 'Bench', 'bench');
INSERT INTO shipping_option_type (id, label, code) VALUES ('sotype_bench', 'Post', 'post');
INSERT INTO shipping_option
    (id, name, price_type, service_zone_id, shipping_profile_id, provider_id, shipping_option_type_id)
  VALUES ('so_bench', 'Post', 'flat', 'serzo_bench', 'sp_bench', 'manual_manual', 'sotype_bench');
INSERT INTO price_set (id) VALUES ('pset_post');
INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count)
  VALUES ('price_post', 'pset_post', 'eur', 4.9, '{"value": "4.9", "precision": 20}', 0);
INSERT INTO shipping_option_price_set (id, shipping_option_id, price_set_id)
  VALUES ('sops_bench', 'so_bench', 'pset_post');

INSERT INTO product_collection (id, title, handle)
  SELECT 'pcol_' || n, 'brand-' || n, 'brand-' || n FROM generate_series(1, 20) n;
INSERT INTO product_category (id, name, handle, mpath, is_active, rank)
  SELECT 'pcat_' || n, 'category-' || n, 'category-' || n, 'pcat_' || n, true, n FROM generate_series(1, 30) n;
INSERT INTO product_option (id, title, is_exclusive) VALUES ('opt_colour', 'Colour', false), ('opt_size', 'Size', false);
INSERT INTO product_option_value (id, value, option_id)
  SELECT 'optval_colour_' || n, 'colour-' || n, 'opt_colour' FROM generate_series(1, 5) n
  UNION ALL SELECT 'optval_size_' || n, 'size-' || n, 'opt_size' FROM generate_series(1, 2) n;

CREATE TEMPORARY TABLE goods AS
  SELECT lpad(p::text, 5, '0') AS product, v AS number, 10 * (p - 1) + v AS place,
    format('Product %s', lpad(p::text, 5, '0')) AS title,
    format('P%s-%s', lpad(p::text, 5, '0'), lpad(v::text, 2, '0')) AS sku,
    1 + p % 20 AS brand, 1 + p % 30 AS category, 1 + (v - 1) % 5 AS colour, 1 + (v - 1) / 5 AS size,
    (500 + (p * 7919) % 20000 + 50 * v) / 100.0 AS price
  FROM generate_series(1, :products) p, generate_series(1, 10) v;

INSERT INTO product (id, title, handle, description, status, discountable, collection_id)
  SELECT 'prod_' || product, title, 'product-' || product, 'What ' || title || ' is made for.', 'published', true,
    'pcol_' || brand FROM goods WHERE number = 1;
INSERT INTO product_sales_channel (id, product_id, sales_channel_id)
  SELECT 'prodsc_' || product, 'prod_' || product, 'sc_bench' FROM goods WHERE number = 1;
INSERT INTO product_shipping_profile (id, product_id, shipping_profile_id)
  SELECT 'prodsp_' || product, 'prod_' || product, 'sp_bench' FROM goods WHERE number = 1;
INSERT INTO product_category_product (product_id, product_category_id)
  SELECT 'prod_' || product, 'pcat_' || category FROM goods WHERE number = 1;
INSERT INTO product_product_option (id, product_id, product_option_id)
  SELECT 'prodopt_colour_' || product, 'prod_' || product, 'opt_colour' FROM goods WHERE number = 1
  UNION ALL SELECT 'prodopt_size_' || product, 'prod_' || product, 'opt_size' FROM goods WHERE number = 1;
INSERT INTO product_product_option_value (id, product_product_option_id, product_option_value_id)
  SELECT 'ppov_colour_' || product || colour, 'prodopt_colour_' || product, 'optval_colour_' || colour
    FROM goods WHERE number <= 5
  UNION ALL SELECT 'ppov_size_' || product || size, 'prodopt_size_' || product, 'optval_size_' || size
    FROM goods WHERE number IN (1, 6);

INSERT INTO product_variant (id, title, sku, manage_inventory, allow_backorder, variant_rank, product_id)
  SELECT 'variant_' || place, sku, sku, true, false, number - 1, 'prod_' || product FROM goods;
INSERT INTO product_variant_option (variant_id, option_value_id)
  SELECT 'variant_' || place, 'optval_colour_' || colour FROM goods
  UNION ALL SELECT 'variant_' || place, 'optval_size_' || size FROM goods;
INSERT INTO price_set (id) SELECT 'pset_' || place FROM goods;
INSERT INTO price (id, price_set_id, currency_code, amount, raw_amount, rules_count)
  SELECT 'price_' || place, 'pset_' || place, 'eur', price,
    jsonb_build_object('value', price::numeric(12, 2)::text, 'precision', 20), 0 FROM goods;
INSERT INTO product_variant_price_set (id, variant_id, price_set_id)
  SELECT 'pvps_' || place, 'variant_' || place, 'pset_' || place FROM goods;
INSERT INTO inventory_item (id, sku, title, requires_shipping) SELECT 'iitem_' || place, sku, sku, true FROM goods;
INSERT INTO inventory_level
    (id, inventory_item_id, location_id, stocked_quantity, raw_stocked_quantity, reserved_quantity, raw_reserved_quantity)
  SELECT 'ilev_' || place, 'iitem_' || place, 'sloc_bench', 1000000, '{"value": "1000000", "precision": 20}',
    0, '{"value": "0", "precision": 20}' FROM goods;
INSERT INTO product_variant_inventory_item (id, variant_id, inventory_item_id, required_quantity)
  SELECT 'pvitem_' || place, 'variant_' || place, 'iitem_' || place, 1 FROM goods;
COMMIT;
ANALYZE;
