import type { VariantSummary } from '../../../api/catalog';

/** A variant by what people call it, or by the end of its id while nobody has said. */
export function VariantCell({ id, variant }: { id: string; variant: VariantSummary | undefined }) {
  if (!variant) return <span className="mono">…{id.slice(-12)}</span>;
  return (
    <>
      <b>{variant.title}</b>
      <small>
        <span className="mono">{variant.sku}</span>
        {Object.values(variant.options).map((value) => ` · ${value}`)}
      </small>
    </>
  );
}
