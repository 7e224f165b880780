import { Button, Menu, Select, Skeleton } from '@mantine/core';
import { IconDownload, IconHistory, IconSearch } from '@tabler/icons-react';
import { Fragment } from 'react';
import { type AuditFilter, type AuditRecord, useAuditRecords } from '../../api/audit';
import { differences } from '../../lib/difference';
import { Ago } from '../../ui/Ago';
import parts from '../../ui/blocks.module.css';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import { AuditDrawer } from './AuditDrawer';
import classes from './access.module.css';
import audit from './audit.module.css';
import { Chain } from './Chain';
import { useNames } from './names';

const DAY = 86_400_000;
const SPANS = [
  { value: '1', label: 'Last day' },
  { value: '7', label: 'Last week' },
  { value: '30', label: 'Last 30 days' },
];

/** Who did what, and the proof that nobody changed the record of it. */
export function AuditSection() {
  const [search, change] = useAddress();
  const days = search.get('days');
  const filter: AuditFilter = {
    action: search.get('action') ?? '',
    actor: search.get('actor'),
    subject: search.get('subject'),
    since: startOf(days),
    cursor: search.get('cursor'),
  };
  const { data, error, refetch } = useAuditRecords(filter);
  const nameOf = useNames();
  const narrowed = Boolean(filter.action || filter.actor || filter.subject || days);
  const seq = Number(search.get('record')) || null;
  return (
    <div className={parts.stack}>
      <Chain />
      <search className={classes.filters} data-many="true">
        <FilterText
          label="Action"
          placeholder="Action, such as access.role_assigned"
          icon={<IconSearch size={15} />}
          value={filter.action}
          change={(action) => change({ action, cursor: null })}
        />
        <Select
          aria-label="When"
          placeholder="Any time"
          clearable
          data={SPANS}
          value={days}
          onChange={(value) => change({ days: value, cursor: null })}
        />
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" leftSection={<IconDownload size={16} />}>
              Export
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>The whole trail, with its proof</Menu.Label>
            <Menu.Item component="a" href="/v1/audit/export?form=jsonl" download>
              JSON lines
            </Menu.Item>
            <Menu.Item component="a" href="/v1/audit/export?form=csv" download>
              CSV
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </search>
      {filter.actor || filter.subject ? (
        <div className={parts.actions}>
          {filter.actor ? (
            <Button size="compact-sm" variant="light" onClick={() => change({ actor: null, cursor: null })}>
              By {nameOf(filter.actor)} ✕
            </Button>
          ) : null}
          {filter.subject ? (
            <Button size="compact-sm" variant="light" onClick={() => change({ subject: null, cursor: null })}>
              About …{filter.subject.slice(-12)} ✕
            </Button>
          ) : null}
        </div>
      ) : null}
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <table className={`${uiClasses.table} ${parts.rows} ${audit.records}`}>
              <thead>
                <tr>
                  <th data-align="right">No.</th>
                  <th>What</th>
                  <th>Who</th>
                  <th>What changed</th>
                  <th data-align="right">When</th>
                </tr>
              </thead>
              <tbody>
                {data.items.map((record) => (
                  <tr key={record.seq} data-opened={record.seq === seq}>
                    <td data-cell="wide" data-align="right" className="dim">
                      {record.seq}
                    </td>
                    <td data-cell="main">
                      <button
                        type="button"
                        className={`${parts.open} mono`}
                        onClick={() => change({ record: String(record.seq) })}
                      >
                        {record.action}
                      </button>
                      <small>
                        {record.subject_type} <span className="mono">{shortened(record.subject_id)}</span>
                      </small>
                    </td>
                    <td data-cell="second">
                      <span className="nowrap">{nameOf(record.actor_id)}</span>
                      {record.impersonator_id ? (
                        <small>in their place: {nameOf(record.impersonator_id)}</small>
                      ) : null}
                    </td>
                    <td data-cell="line">
                      <Changes record={record} />
                    </td>
                    <td data-cell="state" data-align="right" className="dim">
                      <Ago time={record.at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : (
            <Empty
              icon={<IconHistory size={40} stroke={1.3} />}
              title={narrowed ? 'Nothing of this kind was recorded' : 'Nothing was recorded yet'}
              actions={
                narrowed ? (
                  <Button
                    variant="default"
                    onClick={() =>
                      change({ action: null, actor: null, subject: null, days: null, cursor: null })
                    }
                  >
                    Show everything
                  </Button>
                ) : null
              }
            >
              Every change is recorded in the transaction that makes it.
            </Empty>
          )}
          <Pager
            first={filter.cursor === null}
            previous={data.previous_cursor}
            next={data.next_cursor}
            turn={(cursor) => change({ cursor })}
          />
        </Panel>
      ) : null}
      <AuditDrawer seq={seq} close={() => change({ record: null })} />
    </div>
  );
}

/** The start of the day so many days ago, so that the same filter asks the same question for a while. */
function startOf(days: string | null): string | null {
  if (days === null) return null;
  const midnight = Math.floor(Date.now() / DAY) * DAY;
  return new Date(midnight - (Number(days) - 1) * DAY).toISOString();
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function shortened(id: string): string {
  return ID.test(id) ? `…${id.slice(-12)}` : id;
}

const SHOWN = 2;

function Changes({ record }: { record: AuditRecord }) {
  if (record.erased) return <Tag>erased</Tag>;
  const changed = differences(record.before, record.after);
  if (changed.length === 0) return null;
  return (
    <span className={audit.changes}>
      {changed.slice(0, SHOWN).map(({ field, before, after }) => (
        <Fragment key={field}>
          {field ? <span className="dim">{field}</span> : null}
          {before === undefined ? null : <del>{words(before)}</del>}
          {after === undefined ? null : <ins>{words(after)}</ins>}
        </Fragment>
      ))}
      {changed.length > SHOWN ? <span className="dim">and {changed.length - SHOWN} more</span> : null}
    </span>
  );
}

function words(value: unknown): string {
  const text = typeof value === 'string' ? shortened(value) : JSON.stringify(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}
