import { expect, test } from 'vitest';

import { eager, lazy, statement } from '../fixtures';
import { groupLazyLoads, groupStatements } from './groups';

test('many equal statements are one group, in the place of the first', () => {
  const groups = groupStatements(lazy(100).statements);
  expect(groups.map((group) => group.statements.length)).toEqual([1, 100]);
  expect(groups[1]).toMatchObject({ duration_ms: 50, rows: 100 });
});

test('a few equal statements stay apart', () => {
  const chunks = [0, 1, 2].map((index) => statement({ index }));
  expect(groupStatements(chunks)).toHaveLength(3);
  expect(groupStatements(eager.statements)).toHaveLength(2);
});

test('equal SQL for different fields is not one group', () => {
  const fields = ['A.b', 'C.d'].flatMap((field, which) =>
    [0, 1, 2, 3].map((each) => statement({ field, index: each * 2 + which })),
  );
  expect(groupStatements(fields).map((group) => group.first.field)).toEqual(['A.b', 'C.d']);
});

test('rows that no driver tells are unknown, not zero', () => {
  expect(groupStatements([statement({ rows: null })])[0]?.rows).toBeNull();
});

test('lazy loads are counted by field and attribute', () => {
  expect(groupLazyLoads(lazy(7).lazy_loads)).toEqual([
    {
      field: 'Post.author',
      attribute: 'Post.author',
      hint: 'Load it with `joinedload(Post.author)`.',
      loads: 7,
      statements: 7,
    },
  ]);
});
