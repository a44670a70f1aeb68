import { expect, test } from 'vitest';

import { duration, factor, plural } from './numbers';

test.each([
  [0.4249, '0.42 ms'],
  [12.34, '12.3 ms'],
  [160.2, '160 ms'],
  [1873, '1.87 s'],
  [61_000, '61.0 s'],
])('%d milliseconds are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [1, '1 row'],
  [2201, '2,201 rows'],
])('%d is %s', (value, text) => {
  expect(plural(value, 'row')).toBe(text);
});

test.each([
  [440.2, '440'],
  [2, '2'],
  [1.44, '1.4'],
])('%d times is printed as %s', (value, text) => {
  expect(factor(value)).toBe(text);
});
