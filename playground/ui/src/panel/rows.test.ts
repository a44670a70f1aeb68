import { expect, test } from 'vitest';

import { findLists, toCsv, toGrid } from './rows';

const data = {
  posts: [
    { title: 'A', author: { name: 'Ada' }, tags: [{ name: 'x' }, { name: 'y' }] },
    { title: 'B, "b"', author: null, tags: [] },
  ],
};

test('lists are found wherever they are, the outermost first', () => {
  expect(findLists(data).map(({ path, rows }) => [path, rows.length])).toEqual([
    ['posts', 2],
    ['posts.tags', 2],
  ]);
  expect(findLists({ a: [{ x: [{}, {}, {}] }], b: [{}, {}] }).map(({ path }) => path)).toEqual([
    'b',
    'a',
    'a.x',
  ]);
  expect(findLists({ user: { name: 'Ada' } })).toEqual([]);
  expect(findLists(null)).toEqual([]);
});

test('what is below an object is a column, and a list is one cell', () => {
  expect(toGrid(data.posts)).toEqual({
    columns: ['title', 'author.name', 'tags', 'author'],
    cells: [
      ['A', 'Ada', 'x, y', ''],
      ['B, "b"', '', '', ''],
    ],
  });
});

test('CSV is quoted where it must be, and calculates nothing', () => {
  const grid = { columns: ['a', 'b'], cells: [['x, "y"', '=1+1'], ['-5', '-x']] };
  expect(toCsv(grid)).toBe('a,b\r\n"x, ""y""",\'=1+1\r\n-5,\'-x\r\n');
});
