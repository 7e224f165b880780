import { Button, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTerms } from '../../../api/catalog';
import {
  type PriceEdit,
  type PriceEditDraft,
  useEditPrices,
  usePriceEdits,
  useUndoPrices,
} from '../../../api/imports';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { digitsOf, money } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { tellProblem } from '../../../ui/toasts';
import classes from '../shop.module.css';

/** Many prices by one rule: what would change is shown first, and what changed can be put back. */
export function EditPrices({ shop, mayWrite }: { shop: Shop; mayWrite: boolean }) {
  const edits = usePriceEdits(shop.slug);
  const undo = useUndoPrices(shop.slug);
  return (
    <Panel className={parts.section}>
      <h2>Prices by a rule</h2>
      {mayWrite ? <Rule shop={shop} /> : null}
      {edits.data?.length ? (
        <ul className={classes.small} aria-label="Edits of prices">
          {edits.data.map((edit) => (
            <li key={edit.id}>
              <b>
                {plural(edit.changed, 'price')} in {edit.currency}
              </b>
              <span className="dim">
                <Ago time={edit.created_at} />
                {edit.undone_at ? ', put back' : ''}
              </span>
              {mayWrite && !edit.undone_at ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  loading={undo.isPending && undo.variables === edit.id}
                  onClick={() =>
                    act(undo, edit.id, {
                      told: ({ restored, left }) =>
                        `${plural(restored, 'price')} put back${left.length ? `; ${left.length} were changed since and stay` : ''}`,
                      failed: tellProblem,
                    })
                  }
                >
                  Undo
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  );
}

function Rule({ shop }: { shop: Shop }) {
  const [currency, setCurrency] = useState(shop.currency);
  const [percent, setPercent] = useState('-10');
  const [term, setTerm] = useState<string | null>(null);
  const [tried, setTried] = useState<PriceEdit | null>(null);
  const terms = useTerms(shop.slug);
  const edit = useEditPrices(shop.slug);
  const change = Number(percent.replace(',', '.').replace('−', '-'));
  const wrong = !Number.isFinite(change) || change < -100 || change > 900 || percent.trim() === '';
  const brand = terms.data?.brands.some(({ slug }) => slug === term);
  const draft = (dry_run: boolean): PriceEditDraft => ({
    currency,
    only: term === null ? {} : brand ? { brand: term } : { category: term },
    ppm: Math.round(1_000_000 + change * 10_000),
    round_to: digitsOf(currency) > 0 ? 5 : 1,
    dry_run,
  });
  function look(event: FormEvent) {
    event.preventDefault();
    act(edit, draft(true), { told: () => null, after: setTried });
  }
  const named = (items: readonly { slug: string; name: string }[] | undefined) =>
    (items ?? []).map(({ slug, name }) => ({ value: slug, label: name }));
  return (
    <form onSubmit={look} onChange={() => setTried(null)}>
      <div className={classes.three}>
        <TextInput
          label="Change by"
          rightSection="%"
          value={percent}
          error={wrong ? 'From −100 to 900' : null}
          onChange={(event) => setPercent(event.currentTarget.value)}
        />
        <Select
          label="Of"
          placeholder="All products"
          clearable
          data={[
            { group: 'Categories', items: named(terms.data?.categories) },
            { group: 'Brands', items: named(terms.data?.brands) },
          ]}
          value={term}
          onChange={(value) => {
            setTerm(value);
            setTried(null);
          }}
        />
        <Select
          label="In"
          allowDeselect={false}
          data={shop.currencies}
          value={currency}
          onChange={(value) => {
            setCurrency(value ?? currency);
            setTried(null);
          }}
        />
      </div>
      {edit.error ? <ProblemNote error={edit.error} /> : null}
      {tried ? <Outcome tried={tried} /> : null}
      <div className={parts.actions}>
        <Button type="submit" variant="default" loading={edit.isPending} disabled={wrong}>
          Show what would change
        </Button>
        {tried && tried.changed > 0 ? (
          <Button
            loading={edit.isPending}
            onClick={() =>
              act(edit, draft(false), {
                told: ({ changed }) => `${plural(changed, 'price')} changed`,
                after: () => setTried(null),
              })
            }
          >
            Change {plural(tried.changed, 'price')}
          </Button>
        ) : null}
      </div>
    </form>
  );
}

function Outcome({ tried }: { tried: PriceEdit }) {
  return (
    <div className={classes.outcome} role="status">
      <p>
        <b>{plural(tried.changed, 'price')}</b> would change, {tried.unchanged} would not.
      </p>
      <ul>
        {tried.sample.slice(0, 5).map((one) => (
          <li key={one.variant_id}>
            <span className="mono">{one.sku}</span>{' '}
            {one.before === null ? '' : money(one.before, one.currency)} →{' '}
            <b>{one.after === null ? '' : money(one.after, one.currency)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
