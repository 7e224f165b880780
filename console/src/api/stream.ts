import { useEffect, useRef, useState } from 'react';

export type Connection = 'connecting' | 'live' | 'lost' | 'off';

/**
 * Listens to a stream of server-sent events for as long as the component lives.
 *
 * The browser reconnects by itself; `lost` says that it is trying. A stream that ends for
 * good (the server said 204 or refused) is tried again after five seconds. `opened` is
 * called whenever it (re)opens: what was read before may lack what happened meanwhile.
 */
export function useEventStream(
  url: string | null,
  handlers: Record<string, (data: unknown) => void>,
  opened?: () => void,
): Connection {
  const [connection, setConnection] = useState<Connection>(url ? 'connecting' : 'off');
  const latest = useRef(handlers);
  latest.current = handlers;
  const reopened = useRef(opened);
  reopened.current = opened;
  const names = Object.keys(handlers).sort().join(' ');

  useEffect(() => {
    if (!url) {
      setConnection('off');
      return;
    }
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      setConnection('connecting');
      source = new EventSource(url);
      source.onopen = () => {
        setConnection('live');
        reopened.current?.();
      };
      source.onerror = () => {
        setConnection('lost');
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, 5_000);
      };
      for (const name of names.split(' ')) {
        source.addEventListener(name, (event) => latest.current[name]?.(JSON.parse(event.data as string)));
      }
    };
    open();
    return () => {
      clearTimeout(again);
      source?.close();
    };
  }, [url, names]);

  return connection;
}
