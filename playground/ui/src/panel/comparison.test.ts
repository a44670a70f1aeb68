import { expect, test } from 'vitest';

import type { Measured } from './comparison';
import { differ, fastest, share, spread, verdict } from './comparison';

function measured(route: string, statements: number, ...rounds: number[]): Measured {
  return { route, state: 'measured', statements, rounds, isWarm: true, data: '[]', error: null };
}

const lazy = measured('lazy', 2201, 900, 890, 910, 2000);
const eager = measured('eager', 5, 30, 29, 31, 60);

test('the route with the most statements is set against the one with the fewest', () => {
  const result = verdict([lazy, measured('fallback', 6, 50), eager]);
  expect(result).toMatchObject({ fewerStatements: '440', faster: '30', sameData: true });
  expect(result?.best.route).toBe('eager');
  expect(result?.worst.route).toBe('lazy');
});

test('a further route needs no change here', () => {
  expect(verdict([lazy, eager, measured('json', 1, 4)])?.best.route).toBe('json');
});

test('equal numbers of statements and times that overlap are no gain', () => {
  const one = measured('lazy', 1, 5, 6, 7, 8);
  const other = measured('eager', 1, 5.5, 6.5, 7.5, 8.5);
  expect(differ(one, other)).toBe(false);
  expect(verdict([one, other])).toMatchObject({ fewerStatements: null, faster: null });
  expect(fastest([one, other, lazy])).toEqual(['lazy', 'eager']);
});

test('one slow round moves neither the median nor the spread far', () => {
  expect(spread([1, 2, 3, 4, 1000])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spread([1, 2])).toEqual({ median: 1.5, low: 1.25, high: 1.75 });
});

test('different data is noticed', () => {
  expect(verdict([lazy, { ...eager, data: '[1]' }])?.sameData).toBe(false);
});

test('there is nothing to compare with only one answer', () => {
  expect(verdict([eager, { route: 'lazy', state: 'failed', message: 'No.' }])).toBeNull();
  expect(verdict([eager, { ...lazy, error: 'No.' }])).toBeNull();
});

test('a small bar can still be seen', () => {
  expect(share(5, [2201, 5])).toBe(0.6);
  expect(share(2201, [2201, 5])).toBe(100);
  expect(share(0, [0, 0])).toBe(0);
});
