import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import parts from '../../../ui/blocks.module.css';
import { ExportPanel } from './ExportPanel';
import { ImportList } from './ImportList';
import { ImportPanel } from './ImportPanel';

/** Many products at once: files that come in and go out. What comes in can be undone. */
export function FilesSection({ shop }: { shop: Shop }) {
  const mayWrite = useMay('catalog:write');
  return (
    <div className={parts.stack}>
      {mayWrite ? (
        <div className={parts.pair}>
          <ImportPanel shop={shop} />
          <ExportPanel shop={shop} />
        </div>
      ) : null}
      <ImportList shop={shop} mayWrite={mayWrite} />
    </div>
  );
}
