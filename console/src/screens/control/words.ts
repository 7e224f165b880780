import type { Policy } from '../../api/limits';

export const PER: Record<Policy['per'][number], string> = {
  actor: 'caller',
  organization: 'organization',
  address: 'address',
  route: 'route',
};

export const ALGORITHMS: Record<Policy['algorithm'], string> = {
  gcra: 'flowing back evenly',
  log: 'exact in any window',
  counter: 'fading out evenly',
};
