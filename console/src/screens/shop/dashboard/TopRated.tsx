import { IconStarFilled } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useTopRated } from '../../../api/insights';
import { plural } from '../../../lib/format';
import { Panel } from '../../../ui/Panel';
import classes from './dashboard.module.css';

/** What shoppers like best; nothing at all as long as nobody has rated anything. */
export function TopRated({ shop }: { shop: string }) {
  const { data } = useTopRated(shop);
  if (!data?.length) return null;
  return (
    <Panel className={classes.panel}>
      <header className={classes.head}>
        <h2>Best rated</h2>
      </header>
      <ul className={classes.lines}>
        {data.map((item) => (
          <li key={item.product_id}>
            <Link className="truncate" href={`/shop/${shop}/products/${item.product_id}`}>
              {item.title}
            </Link>
            <span className={classes.stars} title={plural(item.rating_count, 'review')}>
              <IconStarFilled size={13} aria-hidden="true" /> {(item.rating / 1000).toFixed(1)}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
