import { expect, test } from 'vitest';
import { deviceName, methodWords } from './device';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Safari/605.1.15',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0',
    'Edge on Windows',
  ],
  ['Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Safari/537.36', 'Chrome on Android'],
  ['shop-app/2.4 (Android 16)', 'shop-app/2.4 (Android 16)'],
  ['unknown', 'An unknown device'],
  ['', 'An unknown device'],
])('%s is %s', (agent, words) => {
  expect(deviceName(agent)).toBe(words);
});

test('a way of signing in is said in words, an unknown one as it is', () => {
  expect(methodWords('pwd')).toBe('password');
  expect(methodWords('pwd+otp')).toBe('password and app code');
  expect(methodWords('pwd+sms')).toBe('password and text message');
  expect(methodWords('pwd+recovery')).toBe('password and recovery code');
  expect(methodWords('telepathy')).toBe('telepathy');
});
