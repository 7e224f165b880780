import { useQuery } from '@tanstack/react-query';
import { consoleControlFindings, consoleControlSettings, type Finding, type SettingView } from './generated';

export type { Finding };
export type Setting = SettingView;

const KEY = ['control'] as const;

/** Every effective setting; they do not change while a server runs. */
export function useSettings() {
  return useQuery({
    queryKey: [...KEY, 'settings'],
    queryFn: async (): Promise<Setting[]> => (await consoleControlSettings()).data,
    staleTime: 60_000,
  });
}

/** What the doctor finds: each asking makes the server look at its parts. */
export function useFindings() {
  return useQuery({
    queryKey: [...KEY, 'findings'],
    queryFn: async (): Promise<Finding[]> => (await consoleControlFindings()).data,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
}
