import { Button, Loader } from '@mantine/core';
import { IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { type BrokenRule, useProof } from '../../../api/orders';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import parts from '../../../ui/blocks.module.css';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import uiClasses from '../../../ui/ui.module.css';
import own from './inventory.module.css';

/** What is compared with what, and how the server calls the rule. */
const RULES: Record<string, string> = {
  total_is_sum_of_lines: 'An order’s total is the sum of its lines and its shipping',
  refunds_within_what_was_paid: 'No more goes back than was paid',
  version_is_number_of_events: 'An order has as many events as it says',
  order_is_its_events: 'An order is what its events make of it',
  money_in_is_captured: 'What came is what the provider took',
  payment_exists: 'Every payment of an order is there',
  refunds_within_captures: 'No payment gives back more than it took',
  received_is_captured: 'What a payment brought is what it took',
  stock_is_its_ledger: 'Stock is the sum of its ledger, and what is promised the sum of its holders',
};

/** Holds everything against everything, on demand: what must be true of the shop, and the rows that break it. */
export function ProofSection({ shop }: { shop: Shop }) {
  const proof = useProof(shop.slug);
  const report = proof.data;
  const broken = new Map<string, BrokenRule[]>();
  for (const one of report?.broken ?? []) broken.set(one.rule, [...(broken.get(one.rule) ?? []), one]);
  return (
    <div className={parts.stack}>
      <Panel className={parts.section}>
        <h2>What must be true</h2>
        <p>
          Every order is compared with its events, lines and payments, and every level of stock with its
          ledger and its holders. It reads all of them, so it is done when you ask for it.
        </p>
        <div className={parts.actions}>
          <Button loading={proof.isPending} onClick={() => proof.mutate()}>
            {report ? 'Look again' : 'Look now'}
          </Button>
          {proof.isPending ? <Loader size="xs" aria-label="It is looking" /> : null}
          {report && !proof.isPending ? (
            <span className={own.verdict} data-holds={report.holds} role="status">
              {report.holds ? <IconShieldCheck size={20} /> : <IconShieldX size={20} />}
              {report.holds ? 'Everything holds' : `${plural(report.broken.length, 'row')} must not be so`}
              <span className="dim">
                {plural(report.orders, 'order')}, {plural(report.levels, 'level')}
              </span>
            </span>
          ) : null}
        </div>
        {proof.error ? <ProblemNote error={proof.error} /> : null}
        <ul className={own.rules}>
          {Object.entries(RULES).map(([rule, words]) => {
            const rows = broken.get(rule) ?? [];
            return (
              <li key={rule} data-state={report ? (rows.length ? 'broken' : 'held') : 'unknown'}>
                <span aria-hidden>{report ? (rows.length ? '✕' : '✓') : '·'}</span>
                {words}
                {rows.length ? <b>{plural(rows.length, 'row')}</b> : null}
              </li>
            );
          })}
        </ul>
      </Panel>
      {report && !report.holds ? (
        <Panel>
          <Offenders broken={report.broken} />
        </Panel>
      ) : null}
      {report?.holds && report.orders + report.levels === 0 ? (
        <Panel>
          <Empty icon={<IconShieldCheck size={40} stroke={1.3} />} title="There was nothing to compare">
            The shop has neither orders nor stock yet.
          </Empty>
        </Panel>
      ) : null}
    </div>
  );
}

function Offenders({ broken }: { broken: readonly BrokenRule[] }) {
  return (
    <table className={`${uiClasses.table} ${parts.rows}`} aria-label="Rows that break a rule">
      <thead>
        <tr>
          <th>Row</th>
          <th>Rule</th>
          <th>Is</th>
          <th>Should be</th>
        </tr>
      </thead>
      <tbody>
        {broken.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one row may break a rule in several ways
          <tr key={index}>
            <td data-cell="main" className="mono">
              {one.subject}
            </td>
            <td data-cell="line">{RULES[one.rule] ?? one.rule}</td>
            <td data-cell="line" data-name="is">
              <span className={own.moved} data-down>
                {one.is_now}
              </span>
            </td>
            <td data-cell="line" data-name="should be">
              {one.should_be}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
