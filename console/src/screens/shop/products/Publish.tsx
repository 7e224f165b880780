import { Menu, UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useChangeProduct } from '../../../api/catalog';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { dateTime } from '../../../lib/format';
import { useNow } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import { tellProblem } from '../../../ui/toasts';
import { State } from '../State';
import classes from '../shop.module.css';
import { PUBLICATION, publicationOf } from './words';

interface PublishProps {
  shop: Shop;
  product: {
    id: string;
    title: string;
    version: number;
    published_from: string | null;
    published_until: string | null;
  };
}

/** Whether shoppers see a product, and a way to change that. */
export function Publish({ shop, product }: PublishProps) {
  const now = useNow();
  const change = useChangeProduct(shop.slug);
  const state = publicationOf(product, now);
  const tag = <State words={PUBLICATION} state={state} />;
  if (!useMay('catalog:write')) return tag;
  const set = (published_from: string | null, told: string) =>
    act(
      change,
      { id: product.id, version: product.version, changes: { published_from, published_until: null } },
      { told, failed: tellProblem },
    );
  const since = product.published_from ? dateTime(new Date(product.published_from)) : null;
  const until = product.published_until ? dateTime(new Date(product.published_until)) : null;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <UnstyledButton
          className={classes.opener}
          aria-label={`${PUBLICATION[state][1]}: change whether shoppers see ${product.title}`}
        >
          {tag}
          <IconChevronDown size={13} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {since ? (
          <Menu.Label>
            {since}
            {until ? ` to ${until}` : ' on'}
          </Menu.Label>
        ) : null}
        {state === 'live' ? null : (
          <Menu.Item onClick={() => set(new Date().toISOString(), `Shoppers see ${product.title}`)}>
            Publish it now
          </Menu.Item>
        )}
        {state === 'draft' ? null : (
          <Menu.Item onClick={() => set(null, `Shoppers see ${product.title} no more`)}>
            Take it out of the window
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
