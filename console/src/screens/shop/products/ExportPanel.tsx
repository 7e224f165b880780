import { Button, Loader } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { type FileFormat, useExport, useExported } from '../../../api/imports';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import parts from '../../../ui/blocks.module.css';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';

const FORMATS: FileFormat[] = ['csv', 'json'];

/** All products of the shop go out, in a file that an import takes back unchanged. */
export function ExportPanel({ shop }: { shop: Shop }) {
  const [id, setId] = useState<string | null>(null);
  const ask = useExport(shop.slug);
  const { data, error } = useExported(shop.slug, id);
  return (
    <Panel className={parts.section}>
      <h2>Export</h2>
      <p>Every product that is not deleted, in a file that an import takes back unchanged.</p>
      <div className={parts.actions}>
        {FORMATS.map((format) => (
          <Button
            key={format}
            variant="default"
            loading={ask.isPending && ask.variables === format}
            onClick={() => ask.mutate(format, { onSuccess: (made) => setId(made.id) })}
          >
            Write {format.toUpperCase()}
          </Button>
        ))}
      </div>
      {ask.error ? <ProblemNote error={ask.error} /> : null}
      {error ? <ProblemNote error={error} /> : null}
      {id && !data?.finished_at ? (
        <div className={parts.actions} role="status">
          <Loader size="xs" /> It is being written
        </div>
      ) : null}
      {data?.finished_at ? (
        <div>
          <Button
            component="a"
            href={`/v1/shops/${shop.slug}/exports/${data.id}/content`}
            download
            leftSection={<IconDownload size={16} />}
          >
            {plural(data.products ?? 0, 'product')} as {data.format.toUpperCase()}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
