import { useQuery } from '@tanstack/react-query';
import { identityTextsListTexts, type Text } from './generated';

export type { Text };

/** The newest texts that this deployment keeps instead of sending them; looked at anew while one waits for a code. */
export function useTexts() {
  return useQuery({
    queryKey: ['texts'],
    queryFn: async (): Promise<Text[]> => (await identityTextsListTexts()).data,
    refetchInterval: 2_000,
  });
}
