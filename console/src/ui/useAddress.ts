import { useSearchParams } from 'wouter';

/** The words after the `?` of the address, and a way to change some of them; null takes one out. */
export function useAddress(): [URLSearchParams, (changes: Record<string, string | null>) => void] {
  const [search, setSearch] = useSearchParams();
  const change = (changes: Record<string, string | null>) => {
    setSearch((before) => {
      const next = new URLSearchParams(before);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  };
  return [search, change];
}
