/** What a browser or client calls itself, as people call it: `Firefox on Linux`. */
export function deviceName(agent: string): string {
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  const system = SYSTEMS.find(([mark]) => agent.includes(mark))?.[1];
  if (browser && system) return `${browser} on ${system}`;
  if (browser) return browser;
  const [first] = agent.trim().split(/\s+/);
  return (first ?? '') === '' || agent === 'unknown' ? 'An unknown device' : agent;
}

/** The more special first: every browser claims to be its ancestors. */
const BROWSERS: readonly (readonly [string, string])[] = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
];
const SYSTEMS: readonly (readonly [string, string])[] = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
];

const METHODS: Readonly<Record<string, string>> = {
  pwd: 'password',
  otp: 'app code',
  sms: 'text message',
  recovery: 'recovery code',
  pop: 'passkey',
  mfa: 'its PIN, finger or face',
};

/** How a sign-in was proven, in words: `pwd+otp` is `password and app code`. */
export function methodWords(method: string): string {
  return method
    .split('+')
    .map((one) => METHODS[one] ?? one)
    .join(' and ');
}
