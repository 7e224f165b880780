import { describe, expect, it } from 'vitest';
import { lastingOf, placeOf } from './caused';

const ID = '0192f0c4-7a5e-7c3b-9d4e-2f6a8b1c3d5e';

describe('what a request caused', () => {
  it('is only what outlives it, with its id wherever the note tells one', () => {
    const causes = [
      { kind: 'statement', name: 'ADD', detail: 1 },
      { kind: 'job', name: 'mail.deliver_mail', detail: { id: ID } },
      { kind: 'mail', name: 'shop.receipt', detail: ID },
      { kind: 'event', name: 'counter.moved', detail: null },
      { kind: 'job', name: 'notes.index', detail: { count: 1000 } },
    ];
    expect(lastingOf(causes)).toEqual([
      { kind: 'job', name: 'mail.deliver_mail', id: ID },
      { kind: 'mail', name: 'shop.receipt', id: ID },
      { kind: 'event', name: 'counter.moved', id: null },
      { kind: 'job', name: 'notes.index', id: null },
    ]);
  });

  it('has an address where its system is composed and its id is known', () => {
    const mail = { kind: 'mail', name: 'shop.receipt', id: ID } as const;
    expect(placeOf(mail, ['mail'])).toBe(`/deliveries?mail=${ID}`);
    expect(placeOf(mail, ['jobs'])).toBeNull();
    expect(placeOf({ ...mail, id: null }, ['mail'])).toBeNull();
    expect(placeOf({ kind: 'event', name: 'a.b', id: ID }, ['events'])).toBe(
      `/deliveries/events?event=${ID}`,
    );
    expect(placeOf({ kind: 'job', name: 'a.b', id: ID }, ['jobs'])).toBe(`/work/jobs?job=${ID}`);
  });

  it('takes nothing for an id that is none', () => {
    expect(lastingOf([{ kind: 'job', name: 'a.b', detail: 'javascript:alert(1)' }])[0]?.id).toBeNull();
  });
});
