import { expect, test } from 'vitest';

import { fromHash, toHash } from './share';

const shared = {
  query: '{ posts(limit: 5) { title } } # 100% & more + ünïcode',
  variables: '{"id": "a&b=c"}',
  route: 'lazy',
  strict: true,
  viewer: 'user:7',
};

test('a link gives back what it was made from', () => {
  expect(fromHash(toHash(shared))).toEqual(shared);
});

test('defaults and empty variables are left out', () => {
  const plain = { query: '{ a }', variables: ' ', route: 'eager', strict: false, viewer: null };
  expect(toHash(plain)).toBe('#query=%7B%20a%20%7D');
  expect(fromHash(toHash(plain))).toEqual({ ...plain, variables: '' });
});

test('a hash without a query is no link', () => {
  expect(fromHash('')).toBeNull();
  expect(fromHash('#panel')).toBeNull();
});

test('a route that this page does not know becomes the default', () => {
  expect(fromHash('#query=x&route=teleport')?.route).toBe('eager');
});

test('a viewer that is none is nobody', () => {
  expect(fromHash('#query=x&viewer=root')?.viewer).toBeNull();
  expect(fromHash('#query=x&viewer=anonymous')?.viewer).toBe('anonymous');
});
