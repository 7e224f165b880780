import type { GuaranteeInfo } from '../../api/guarantees';
import { plural } from '../../lib/format';

export const ENGINE_NAMES: Record<string, string> = { sqlite: 'SQLite', postgres: 'PostgreSQL' };

const FAULTS: Record<string, string> = {
  kill: 'kill',
  pause: 'pause',
  terminate: 'SIGTERM',
  cut: 'cut connections',
  truncate: 'truncated streams',
  delay: 'delays',
  throttle: 'slow links',
  'black-hole': 'black holes',
  'disk-full': 'full disk',
  clock: 'moved clock',
};

export const SAFETY: Record<GuaranteeInfo['safety'], string> = {
  observe: 'Only reads; may run in production for ever.',
  probe: 'Writes into a throw-away organization, at a capped rate.',
  break: 'Runs only against servers that the lab starts itself.',
};

export function conditions(info: GuaranteeInfo): string {
  const faults = info.faults.map((fault) => FAULTS[fault] ?? fault);
  return `${faults.length ? faults.join(', ') : 'concurrency'}; ${plural(info.trials, 'trial')}`;
}
