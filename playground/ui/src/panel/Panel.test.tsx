// @vitest-environment jsdom
import { cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { eager, exchange, lazy } from '../fixtures';
import type { Exchange } from '../store';
import { usePlayground } from '../store';
import { Panel } from './Panel';

afterEach(cleanup);

// jsdom has no layout.
Element.prototype.scrollIntoView = () => undefined;

beforeEach(() => {
  usePlayground.setState({ ...usePlayground.getInitialState(), tabId: 'tab' }, true);
});

function show(changes?: Partial<Exchange>) {
  if (changes) usePlayground.setState({ exchanges: { tab: exchange(changes) } });
  const [onRun, onWalk] = [vi.fn(), vi.fn()];
  render(<Panel onRun={onRun} onOpenGallery={vi.fn()} onWalk={onWalk} />);
  return { onRun, onWalk, user: userEvent.setup() };
}

test('before the first run it offers one', async () => {
  const { onRun, user } = show();
  await user.click(screen.getByRole('button', { name: 'Run the query' }));
  expect(onRun).toHaveBeenCalledOnce();
});

test('every statement shows its SQL, rows, time and parameters', () => {
  show({ debug: eager });
  const first = screen.getByRole('article', { name: 'Statement 1: SELECT posts, users' });
  const second = screen.getByRole('article', { name: /^Statement 2/ });
  expect(screen.getByRole('tab', { name: 'Statements 2' })).toBeDefined();
  expect(first.textContent).toContain('SELECT posts, users');
  expect(first.textContent).toContain('8 rows');
  expect(first.textContent).toContain('0.41 ms');
  expect(second.textContent).toContain('loads Post.tags');
  expect(within(second).getByText('IN').className).toBe('sql-keyword');
});

test('a statement whose rows are chosen says how, for whom and which', () => {
  const [first, second] = eager.statements;
  if (!first?.page || !second) throw new Error('The fixture has no such statement.');
  const page = {
    ...first.page,
    form: 'in-limit',
    owners: 3,
    filter: "title contains 'a'",
    order: ['TITLE_ASC'],
    limit: 2,
    from_end: true,
  };
  show({ debug: { ...eager, statements: [first, { ...second, page }] } });
  const card = screen.getByRole('article', { name: /^Statement 2/ });
  expect(within(card).getByText('IN … LIMIT').title).toMatch(/subquery/);
  expect(card.textContent).toContain('for 3 owners');
  expect(card.textContent).toContain("where title contains 'a'by TITLE_ASClast 2");
  const plain = screen.getByRole('article', { name: /^Statement 1/ });
  expect(plain.textContent).toContain('SELECTfirst 8');
  expect(plain.textContent).not.toContain('owner');
});

test('the walker goes on from a page, and shows what is in its cursor', async () => {
  const endCursor = 'WzEsIjJiN2FmNzcwNTZmMSIsWzddLFsiYSJdXQ';
  const { onWalk, user } = show({
    operation: { query: 'query ($a: String) { pages(after: $a) { edges { cursor } pageInfo { endCursor } } }' },
    data: { pages: { edges: [{}], pageInfo: { hasNextPage: true, endCursor }, totalCount: 4 } },
  });
  const walker = screen.getByRole('region', { name: 'Pages' });
  expect(walker.textContent).toContain('1 row of 4');
  expect(walker.textContent).toContain('key [7], values ["a"], order 2b7af77056f1');
  await user.click(screen.getByRole('button', { name: 'Next page of pages' }));
  expect(onWalk).toHaveBeenCalledWith({ a: endCursor });
});

test('an error of a limit says where it refused', () => {
  const extensions = { field: 'user.posts.comments' };
  show({ debug: null, errors: [{ message: 'Too many rows.', path: ['user'], extensions }] });
  expect(screen.getByText('user.posts.comments').parentElement?.textContent).toBe(
    'Too many rows. Refused at user.posts.comments',
  );
});

test('redacted parameters say so', () => {
  const [first] = eager.statements;
  show({ debug: { ...eager, statements: first ? [{ ...first, parameters: null }] : [] } });
  expect(screen.getByText('Parameters are redacted.')).toBeDefined();
});

test('a thousand equal statements are one card, and their cause is flagged', async () => {
  const { user } = show({ debug: lazy(1000) });
  expect(screen.getAllByRole('article')).toHaveLength(2);
  expect(screen.getByText('1,000 ×')).toBeDefined();
  expect(screen.getByText(/1,000 lazy loads that no plan foresaw/)).toBeDefined();
  expect(screen.getByText('joinedload(Post.author)').tagName).toBe('CODE');
  await user.click(screen.getByText('The 1,000 runs'));
  await user.click(screen.getByRole('button', { name: 'Show 200 more of 990' }));
  expect(screen.getByText('posts.209.author')).toBeDefined();
});

test('a plan is a nested list that leads to its statements', async () => {
  const { user } = show({ debug: eager });
  await user.click(screen.getByRole('tab', { name: 'Plan' }));
  expect(screen.getByText('batch')).toBeDefined();
  expect(screen.getByText('in its parent’s statement')).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Show statement 2' }));
  expect(document.activeElement?.getAttribute('aria-label')).toBe(
    'Statement 2: SELECT posts, post_tags, tags',
  );
});

test('a level that is shown elsewhere says where', async () => {
  const [field] = eager.fields;
  const [author, tags] = field?.plan?.children ?? [];
  if (!field?.plan || !author || !tags) throw new Error('The fixture has no such plan.');
  const again = { ...author, field: 'editor', same_as: 'author' };
  const plan = { ...field.plan, children: [author, again, tags] };
  const { user } = show({ debug: { ...eager, fields: [{ ...field, plan }] } });
  await user.click(screen.getByRole('tab', { name: 'Plan' }));
  const same = screen.getByText(/^the same as/);
  expect(same.textContent).toBe('the same as author');
});

test('arrow keys go through the tabs', async () => {
  const { user } = show({ debug: eager });
  screen.getByRole('tab', { name: 'Statements 2' }).focus();
  await user.keyboard('{ArrowLeft}');
  const last = screen.getByRole('tab', { name: 'Table' });
  expect(document.activeElement).toBe(last);
  expect(last.getAttribute('aria-selected')).toBe('true');
});

test('a plan of the database is shown in the place of the button', () => {
  const statements = eager.statements.map((each) => ({ ...each, explain: ['SCAN posts'] }));
  show({ debug: { ...eager, statements } });
  expect(screen.getAllByText('SCAN posts')).toHaveLength(2);
  expect(screen.queryByRole('button', { name: 'EXPLAIN' })).toBeNull();
});

test('errors, and a failed server, look like what they are', () => {
  show({ debug: null, errors: [{ message: 'Depth!', path: ['users', 0, 'posts'] }] });
  expect(screen.getByText('1 error in the answer')).toBeDefined();
  expect(screen.getByText('users.0.posts').tagName).toBe('CODE');
});

test('a lost connection is told', () => {
  const failure = { kind: 'connection' as const, message: 'No server.', detail: '' };
  show({ state: 'failed', debug: null, failure });
  expect(screen.getByText('No answer')).toBeDefined();
  expect(screen.getByText('No server.')).toBeDefined();
});

test('a comparison names its figures, not only its bars', async () => {
  const outcome = { state: 'measured', isWarm: true, data: '{}', error: null } as const;
  const { user } = show({
    comparison: [
      { ...outcome, route: 'lazy', statements: 2201, rounds: [900] },
      { ...outcome, route: 'fallback', statements: 6, rounds: [30, 31, 40] },
      { ...outcome, route: 'eager', statements: 5, rounds: [29, 30, 31] },
    ],
  });
  await user.click(screen.getByRole('tab', { name: 'Compare' }));
  expect(screen.getByText(/statements against/).textContent).toBe(
    '2,201 statements against 5Eager sends 440 times fewer statements and answers 30 times ' +
      'faster than lazy.',
  );
  expect(screen.getByText('Every path gave the same answer.')).toBeDefined();
  expect(screen.getByText('no difference between Fallback and Eager, the fastest')).toBeDefined();
});

test('a mutation is not offered for comparison', async () => {
  const { user } = show({ repeatable: false });
  await user.click(screen.getByRole('tab', { name: 'Compare' }));
  expect(screen.getByText(/This operation writes/)).toBeDefined();
  expect(screen.queryByRole('button', { name: 'Compare the paths' })).toBeNull();
});
