import { describe, expect, it } from 'vitest';
import { curl } from './curl';

describe('curl', () => {
  it('repeats method, target, headers and body, and never a credential', () => {
    const text = curl(
      {
        method: 'POST',
        path: '/v1/notes',
        query: 'draft=1',
        request_headers: {
          'content-type': 'application/json',
          cookie: 'secret',
          Authorization: 'Bearer secret',
          'Sec-Fetch-Mode': 'cors',
        },
        request_body: `{"title":"it's"}`,
      },
      'http://127.0.0.1:8000',
    );
    expect(text).toBe(
      [
        `curl -X POST 'http://127.0.0.1:8000/v1/notes?draft=1'`,
        `-H "Authorization: Bearer $TOKEN"`,
        `-H 'content-type: application/json'`,
        `--data-raw '{"title":"it'\\''s"}'`,
      ].join(' \\\n  '),
    );
  });

  it('sends no credential where none is needed', () => {
    expect(curl({ method: 'GET', path: '/readyz' }, '')).toBe(`curl -X GET '/readyz'`);
  });
});
