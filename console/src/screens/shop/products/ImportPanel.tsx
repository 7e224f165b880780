import { Button, Switch } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { type FormEvent, useRef, useState } from 'react';
import { useImport } from '../../../api/imports';
import type { Shop } from '../../../api/shops';
import { bytes } from '../../../lib/format';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import own from './products.module.css';

/** A file of products comes in; at first it only says what it would do. */
export function ImportPanel({ shop }: { shop: Shop }) {
  const [file, setFile] = useState<File | null>(null);
  const [dry, setDry] = useState(true);
  const [terms, setTerms] = useState(true);
  const input = useRef<HTMLInputElement>(null);
  const ask = useImport(shop.slug);
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!file) return;
    const content = await file.text();
    const format = file.name.toLowerCase().endsWith('.json') ? 'json' : 'csv';
    act(
      ask,
      { format, content, dry_run: dry, make_terms: terms },
      { told: dry ? 'It is looked at; nothing changes' : 'The import is under way' },
    );
  }
  return (
    <Panel className={parts.section}>
      <h2>Import</h2>
      <p>
        CSV with a line a variant (<span className="mono">product, title, sku, price {shop.currency}</span>),
        or JSON. What the file does not have stays as it is.
      </p>
      <form onSubmit={(event) => void submit(event)}>
        <div className={own.file}>
          <input
            ref={input}
            className="visually-hidden"
            id="import-file"
            type="file"
            accept=".csv,.json,text/csv,application/json"
            onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
          />
          <Button
            variant="default"
            leftSection={<IconUpload size={16} />}
            onClick={() => input.current?.click()}
          >
            Choose a file
          </Button>
          <label htmlFor="import-file" className="dim truncate">
            {file ? `${file.name}, ${bytes(file.size)}` : 'none chosen'}
          </label>
        </div>
        <Switch
          label="Dry run"
          description="Find every fault, say what would happen, and change nothing"
          checked={dry}
          onChange={(event) => setDry(event.currentTarget.checked)}
        />
        <Switch
          label="Make brands and categories that are not there"
          checked={terms}
          onChange={(event) => setTerms(event.currentTarget.checked)}
        />
        {ask.error ? <ProblemNote error={ask.error} /> : null}
        <Button type="submit" loading={ask.isPending} disabled={!file}>
          {dry ? 'Try it' : 'Import'}
        </Button>
      </form>
    </Panel>
  );
}
