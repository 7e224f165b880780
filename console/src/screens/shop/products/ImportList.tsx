import { Button, Progress } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { type Import, isMoving, useFaults, useImports, useUndoImport } from '../../../api/imports';
import type { Shop } from '../../../api/shops';
import { count, plural } from '../../../lib/format';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import { Empty } from '../../../ui/Empty';
import { Tag } from '../../../ui/signs';
import { tellProblem } from '../../../ui/toasts';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import { State } from '../State';
import own from './products.module.css';
import { IMPORT } from './words';

/** The imports, each with how far it is, what came of it and what was wrong with its rows. */
export function ImportList({ shop, mayWrite }: { shop: Shop; mayWrite: boolean }) {
  const [search] = useAddress();
  const imports = useImports(shop.slug, search.get('cursor'));
  return (
    <Listed
      query={imports}
      empty={
        <Empty icon={<IconFileImport size={40} stroke={1.3} />} title="Nothing was imported yet">
          Imports are here with their progress, their faults, and a way to undo them.
        </Empty>
      }
    >
      {(items) => (
        <ul className={own.imports} aria-label="Imports">
          {items.map((one) => (
            <li key={one.id}>
              <OneImport shop={shop} one={one} mayWrite={mayWrite} />
            </li>
          ))}
        </ul>
      )}
    </Listed>
  );
}

function OneImport({ shop, one, mayWrite }: { shop: Shop; one: Import; mayWrite: boolean }) {
  const undo = useUndoImport(shop.slug);
  const faults = useFaults(shop.slug, one);
  const share = one.products ? one.done / one.products : 0;
  return (
    <>
      <header>
        <State words={IMPORT} state={one.state} />
        {one.dry_run ? <Tag>Dry run</Tag> : null}
        <b>{summaryOf(one)}</b>
        <span className="dim">
          {one.format.toUpperCase()}, {plural(one.rows ?? 0, 'row')}, <Ago time={one.created_at} />
        </span>
        {mayWrite && one.state === 'done' && !one.dry_run && one.created + one.changed > 0 ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={undo.isPending}
            onClick={() => act(undo, one, { told: 'It is being undone', failed: tellProblem })}
          >
            Undo
          </Button>
        ) : null}
      </header>
      {isMoving(one) ? (
        <Progress
          value={share * 100}
          animated
          aria-label={`${count(one.done)} of ${plural(one.products ?? 0, 'product')}`}
        />
      ) : null}
      {faults.data?.length ? (
        <details>
          <summary>{plural(one.faults, 'fault')}</summary>
          <table className={own.faults}>
            <thead>
              <tr>
                <th>Row</th>
                <th>Product</th>
                <th>Field</th>
                <th>Why</th>
              </tr>
            </thead>
            <tbody>
              {faults.data.map((fault, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a fault is what its place in the list is
                <tr key={index}>
                  <td>{fault.row === 0 ? 'file' : fault.row}</td>
                  <td className="mono">{fault.product}</td>
                  <td className="mono">{fault.field}</td>
                  <td>{fault.message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      ) : null}
    </>
  );
}

function summaryOf(one: Import): string {
  if (one.state === 'failed') return 'The file could not be read';
  if (isMoving(one)) return `${count(one.done)} of ${plural(one.products ?? 0, 'product')}`;
  if (one.state === 'undone') {
    return one.kept > 0 ? `put back, but ${plural(one.kept, 'product')} changed since` : 'put back as it was';
  }
  const would = one.dry_run ? 'would be ' : '';
  const told = [
    one.created > 0 ? `${count(one.created)} ${would}made` : null,
    one.changed > 0 ? `${count(one.changed)} ${would}changed` : null,
    one.unchanged > 0 ? `${count(one.unchanged)} as they were` : null,
    one.refused > 0 ? `${count(one.refused)} refused` : null,
  ].filter(Boolean);
  return told.join(', ') || 'nothing in it';
}
