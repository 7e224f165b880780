/** A request as a command line that does it again; credentials are left for the reader to fill in. */

export interface Repeatable {
  method: string;
  path: string;
  query?: string;
  request_headers?: Record<string, string>;
  request_body?: string | null;
}

const LEFT_OUT = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'host',
  'origin',
  'referer',
  'traceparent',
  'tracestate',
  'user-agent',
]);

export function curl(request: Repeatable, origin: string): string {
  const target = `${origin}${request.path}${request.query ? `?${request.query}` : ''}`;
  const parts = [`curl -X ${request.method} ${quote(target)}`];
  if (request.path.startsWith('/v1/')) parts.push(`-H "Authorization: Bearer $TOKEN"`);
  for (const [name, value] of Object.entries(request.request_headers ?? {})) {
    const lower = name.toLowerCase();
    if (!LEFT_OUT.has(lower) && !lower.startsWith('sec-')) parts.push(`-H ${quote(`${lower}: ${value}`)}`);
  }
  if (request.request_body) parts.push(`--data-raw ${quote(request.request_body)}`);
  return parts.join(' \\\n  ');
}

/** One word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
