import { expect, test } from 'vitest';

import { isRepeatable, knownOperation } from './operations';

test('an operation of an earlier query is not sent with the next', () => {
  expect(knownOperation('query New { a }', 'Old')).toBeUndefined();
  expect(knownOperation('query New { a }', 'New')).toBe('New');
  expect(knownOperation('{ a }', null)).toBeUndefined();
});

test('the server is left to judge a query that does not parse', () => {
  expect(knownOperation('query {', 'Some')).toBe('Some');
});

test('only queries are repeatable', () => {
  const both = 'query Read { a } mutation Write { b }';
  expect(isRepeatable('{ a }', undefined)).toBe(true);
  expect(isRepeatable(both, 'Read')).toBe(true);
  expect(isRepeatable(both, 'Write')).toBe(false);
  expect(isRepeatable('mutation { b }', undefined)).toBe(false);
});
