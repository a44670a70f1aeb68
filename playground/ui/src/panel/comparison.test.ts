import { expect, test } from 'vitest';

import type { Outcome } from './comparison';
import { share, verdict } from './comparison';

function measured(route: string, statements: number, duration_ms: number): Outcome {
  return {
    route,
    state: 'measured',
    statements,
    duration_ms,
    database_ms: 1,
    data: '[]',
    error: null,
  };
}

const lazy = measured('lazy', 2201, 900);
const eager = measured('eager', 5, 30);

test('the route with the most statements is set against the one with the fewest', () => {
  const result = verdict([lazy, measured('fallback', 6, 50), eager]);
  expect(result).toMatchObject({ fewerStatements: '440', faster: '30', sameData: true });
  expect(result?.best.route).toBe('eager');
  expect(result?.worst.route).toBe('lazy');
});

test('a further route needs no change here', () => {
  const compiled = measured('compiled', 1, 4);
  expect(verdict([lazy, eager, compiled])?.best.route).toBe('compiled');
});

test('equal numbers of statements are no gain', () => {
  expect(verdict([measured('lazy', 1, 5), measured('eager', 1, 5)])).toMatchObject({
    fewerStatements: null,
    faster: null,
  });
});

test('different data is noticed', () => {
  expect(verdict([lazy, { ...eager, data: '[1]' } as Outcome])?.sameData).toBe(false);
});

test('there is nothing to compare with only one answer', () => {
  expect(verdict([eager, { route: 'lazy', state: 'failed', message: 'No.' }])).toBeNull();
  expect(verdict([eager, { ...lazy, error: 'No.' } as Outcome])).toBeNull();
});

test('a small bar can still be seen', () => {
  expect(share(5, [2201, 5])).toBe(0.6);
  expect(share(2201, [2201, 5])).toBe(100);
  expect(share(0, [0, 0])).toBe(0);
});
