import { Select, Skeleton } from '@mantine/core';
import { IconBuildingStore } from '@tabler/icons-react';
import { Redirect, useLocation, useRoute } from 'wouter';
import { useMay } from '../../api/session';
import { type Shop, useShops, useShopTail } from '../../api/shops';
import { Empty } from '../../ui/Empty';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Sections } from '../../ui/Sections';
import { Live, Tag } from '../../ui/signs';
import { CouponsSection } from './coupons/CouponsSection';
import { Dashboard } from './dashboard/Dashboard';
import { DropsSection } from './drops/DropsSection';
import { GiftCardsSection } from './giftcards/GiftCardsSection';
import { LedgerSection } from './inventory/LedgerSection';
import { LevelsSection } from './inventory/LevelsSection';
import { ProofSection } from './inventory/ProofSection';
import { OrderPage } from './orders/OrderPage';
import { OrdersSection } from './orders/OrdersSection';
import { PaymentsSection } from './payments/PaymentsSection';
import { RefundsSection } from './payments/RefundsSection';
import { PricesSection } from './prices/PricesSection';
import { FilesSection } from './products/FilesSection';
import { ProductPage } from './products/ProductPage';
import { ProductsSection } from './products/ProductsSection';
import { ReviewsSection } from './reviews/ReviewsSection';

/** Everything a merchant does, in one of the organization's shops. */
export default function ShopScreen() {
  const [, params] = useRoute('/shop/:slug?/:section?/:id?');
  const { data, error, refetch } = useShops();
  if (error && !data) {
    return (
      <Page title="Shop">
        <ProblemNote error={error} retry={() => void refetch()} />
      </Page>
    );
  }
  if (!data) {
    return (
      <Page title="Shop">
        <Skeleton height={420} radius={10} aria-busy="true" />
      </Page>
    );
  }
  const shop = data.find(({ slug }) => slug === params?.slug);
  if (!shop && !params?.slug && data[0]) return <Redirect to={`/shop/${data[0].slug}`} replace />;
  if (!shop) {
    return (
      <Page title="Shop">
        <Panel>
          <Empty
            icon={<IconBuildingStore size={40} stroke={1.3} />}
            title={params?.slug ? 'There is no such shop' : 'There is no shop yet'}
          >
            {params?.slug
              ? 'It may belong to another organization.'
              : 'Open one with POST /v1/shops; then its orders, products and stock are here.'}
          </Empty>
        </Panel>
      </Page>
    );
  }
  return <OneShop shop={shop} shops={data} section={params?.section} id={params?.id} />;
}

interface OneShopProps {
  shop: Shop;
  shops: readonly Shop[];
  section: string | undefined;
  id: string | undefined;
}

function OneShop({ shop, shops, section, id }: OneShopProps) {
  const [, go] = useLocation();
  const connection = useShopTail();
  const parts = useParts();
  const base = `/shop/${shop.slug}`;
  const first = parts[0];
  if (!section) return first ? <Redirect to={`${base}/${first.name}`} replace /> : null;
  const part = parts.find(({ name }) => name === section);
  return (
    <Page
      title={shop.name}
      lead={
        <>
          Sells in {shop.currencies.join(', ')}
          {shop.closed ? (
            <>
              {' '}
              <Tag tone="warn">Closed</Tag>
            </>
          ) : null}
        </>
      }
      actions={
        <>
          {connection === 'off' ? null : <Live connection={connection} />}
          {shops.length > 1 ? (
            <Select
              aria-label="Shop"
              allowDeselect={false}
              data={shops.map(({ slug, name }) => ({ value: slug, label: name }))}
              value={shop.slug}
              onChange={(slug) => go(`/shop/${slug}/${section}`)}
            />
          ) : null}
        </>
      }
    >
      <Sections
        label={shop.name}
        sections={parts.map(({ name, title }) => ({ path: `${base}/${name}`, title, deep: true }))}
      />
      {part ? (
        part.show(shop, id)
      ) : (
        <Panel>
          <Empty icon={<IconBuildingStore size={40} stroke={1.3} />} title="There is no such page">
            Or your roles do not reach it.
          </Empty>
        </Panel>
      )}
    </Page>
  );
}

interface Part {
  name: string;
  title: string;
  show: (shop: Shop, id: string | undefined) => React.ReactNode;
}

/** The parts that one may see; the first is where one begins. */
function useParts(): Part[] {
  const insights = useMay('insights:read');
  const orders = useMay('orders:read');
  const catalog = useMay('catalog:read');
  const inventory = useMay('inventory:read');
  const coupons = useMay('coupons:read');
  const giftCards = useMay('giftcards:read');
  const drops = useMay('drops:read');
  const payments = useMay('payments:read');
  const reviews = useMay('reviews:read');
  const parts: (Part & { may: boolean })[] = [
    { name: 'overview', title: 'Overview', may: insights, show: (shop) => <Dashboard shop={shop} /> },
    {
      name: 'orders',
      title: 'Orders',
      may: orders,
      show: (shop, id) => (id ? <OrderPage key={id} shop={shop} id={id} /> : <OrdersSection shop={shop} />),
    },
    {
      name: 'products',
      title: 'Products',
      may: catalog,
      show: (shop, id) =>
        id ? <ProductPage key={id} shop={shop} id={id} /> : <ProductsSection shop={shop} />,
    },
    { name: 'prices', title: 'Prices', may: catalog, show: (shop) => <PricesSection shop={shop} /> },
    {
      name: 'files',
      title: 'Files',
      may: catalog,
      show: (shop) => <FilesSection shop={shop} />,
    },
    { name: 'stock', title: 'Stock', may: inventory, show: (shop) => <LevelsSection shop={shop} /> },
    { name: 'ledger', title: 'Ledger', may: inventory, show: (shop) => <LedgerSection shop={shop} /> },
    { name: 'coupons', title: 'Coupons', may: coupons, show: (shop) => <CouponsSection shop={shop} /> },
    {
      name: 'gift-cards',
      title: 'Gift cards',
      may: giftCards,
      show: (shop) => <GiftCardsSection shop={shop} />,
    },
    { name: 'drops', title: 'Drops', may: drops, show: (shop) => <DropsSection shop={shop} /> },
    { name: 'payments', title: 'Payments', may: payments, show: (shop) => <PaymentsSection shop={shop} /> },
    { name: 'refunds', title: 'Refunds', may: payments, show: (shop) => <RefundsSection shop={shop} /> },
    { name: 'reviews', title: 'Reviews', may: reviews, show: (shop) => <ReviewsSection shop={shop} /> },
    { name: 'proof', title: 'Proof', may: orders, show: (shop) => <ProofSection shop={shop} /> },
  ];
  return parts.filter(({ may }) => may);
}
