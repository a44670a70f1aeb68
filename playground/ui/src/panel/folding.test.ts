import { expect, test } from 'vitest';

import type { FieldReport, PlanNode } from '../api/debug';
import { eager } from '../fixtures';
import { foldBatches } from './folding';

function node(attribute: string | null, ...children: PlanNode[]): PlanNode {
  return {
    field: '',
    type: '',
    model: '',
    attribute,
    how: 'batch',
    why: '',
    columns: [],
    same_as: null,
    children,
  };
}

function report(field: string, plan: PlanNode | null, ...statements: number[]): FieldReport {
  return { path: ['posts'], field, route: 'eager', why: '', plan, statements };
}

test('a batch is shown in the tree of its root field, and nowhere else', () => {
  const root = report('Query.posts', node(null, node('Post.author', node('User.posts'))), 0, 1);
  const batch = report('User.posts', node('User.posts'), 1);
  const { reports, batches } = foldBatches({ ...eager, fields: [root, batch] });
  expect(reports).toEqual([root]);
  expect(batches.get('User.posts')).toEqual([1]);
});

test('a batch that no tree has is shown by itself', () => {
  const root = report('Query.posts', null, 0, 1);
  const batch = report('Post.author', null, 1);
  expect(foldBatches({ ...eager, fields: [root, batch] }).reports).toEqual([root, batch]);
});
