/** What a request left behind that outlives it, and where in the console each can be looked at. */

export interface Caused {
  kind: string;
  name: string;
  detail?: unknown;
}

export interface Lasting {
  kind: 'event' | 'job' | 'mail';
  name: string;
  /** Null where the note does not tell it, such as for thousands at once. */
  id: string | null;
}

/** The module and the address of each kind that has a screen of its own. */
const PLACES: Record<Lasting['kind'], { module: string; address: string } | null> = {
  event: { module: 'events', address: '/deliveries/events?event=' },
  job: { module: 'jobs', address: '/work/jobs?job=' },
  mail: { module: 'mail', address: '/deliveries?mail=' },
};
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isLasting(cause: Caused): boolean {
  return Object.hasOwn(PLACES, cause.kind);
}

export function lastingOf(causes: readonly Caused[]): Lasting[] {
  return causes.filter(isLasting).map(({ kind, name, detail }) => ({
    kind: kind as Lasting['kind'],
    name,
    id: idOf(detail),
  }));
}

function idOf(detail: unknown): string | null {
  if (typeof detail === 'string') return ID.test(detail) ? detail : null;
  return typeof detail === 'object' && detail !== null && 'id' in detail ? idOf(detail.id) : null;
}

/** Its address in the console; null where its system is not composed or its id is not known. */
export function placeOf({ kind, id }: Lasting, modules: readonly string[]): string | null {
  const place = PLACES[kind];
  return id !== null && place && modules.includes(place.module) ? place.address + id : null;
}
