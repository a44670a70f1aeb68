import { expect, test } from 'vitest';

import { sideBySide } from './sideBySide';

const both = (line: string) => ({ left: line, right: line });

test('lines that only one side has leave a gap on the other', () => {
  expect(sideBySide('a\nb\nc\nz', 'a\nc\nd\nz')).toEqual([
    both('a'),
    { left: 'b', right: null },
    both('c'),
    { left: null, right: 'd' },
    both('z'),
  ]);
});

test('equal texts have no gaps', () => {
  expect(sideBySide('a\na', 'a\na')).toEqual([both('a'), both('a')]);
});

test('one text may be the beginning of the other', () => {
  expect(sideBySide('a', 'a\na')).toEqual([both('a'), { left: null, right: 'a' }]);
});

test('no line is lost of texts that are too long to align', () => {
  const left = Array.from({ length: 2500 }, (_, index) => `l${index}`);
  const pairs = sideBySide(left.join('\n'), 'r');
  expect(pairs.map((pair) => pair.left)).toEqual(left);
  expect(pairs[0]?.right).toBe('r');
});
