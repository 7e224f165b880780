import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { mailMailProviderListAll, mailMailProviderResume, type ProviderState } from './generated';

export type MailProvider = ProviderState;

const KEY = ['mail', 'providers'] as const;

/** Where mails leave, in the order in which they are asked. */
export function useMailProviders() {
  return useQuery({
    queryKey: KEY,
    queryFn: async (): Promise<MailProvider[]> => (await mailMailProviderListAll()).data,
    refetchInterval: 3_000,
  });
}

/** Lets mails be handed to a paused provider again at once. */
export function useResumeProvider() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (name: string): Promise<MailProvider> =>
      (await mailMailProviderResume({ path: { name } })).data,
    onSettled: () => cache.invalidateQueries({ queryKey: KEY }),
  });
}
