import { expect, test } from 'vitest';

import { decodeCursor, findWalks } from './walks';

const encode = (content: unknown) =>
  btoa(JSON.stringify(content)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const PAGES = `
  query ($after: String, $before: String, $last: Int) {
    user(id: 7) {
      recent: postsConnection(first: 2, after: $after) { ...Page }
      ... on User { followers: followersConnection(last: $last, before: $before) {
        edges { cursor } pageInfo { hasPreviousPage startCursor }
      } }
    }
  }
  fragment Page on PostConnection { totalCount edges { node { title } } pageInfo { endCursor } }
`;

test('a cursor is the order, the key and the values that are in it', () => {
  const place = { digest: '2b7af77056f1', key: [7], values: null };
  expect(decodeCursor(encode([1, '2b7af77056f1', [7]]))).toEqual(place);
  expect(decodeCursor(encode([1, 'd', [7, 'x'], ['2024']]))).toEqual({
    digest: 'd',
    key: [7, 'x'],
    values: ['2024'],
  });
  // Standard base64 of UTF-8, as another server's may be.
  expect(decodeCursor('WzEsImQiLFsiw6kiXV0=')?.key).toEqual(['é']);
});

test('any other text has nothing in it', () => {
  for (const text of ['', 'cG9zdDo1', '!', encode([2, 'd', [7]]), encode([1, 2, [7]])]) {
    expect(decodeCursor(text)).toBeNull();
  }
});

test('a page leads to the next one by the variables of its field', () => {
  const data = {
    user: {
      recent: {
        totalCount: 9,
        edges: [{ node: {} }, { node: {} }],
        pageInfo: { hasNextPage: true, hasPreviousPage: true, endCursor: 'e' },
      },
      followers: {
        edges: [{ cursor: 's' }],
        pageInfo: { hasPreviousPage: true, startCursor: 's' },
      },
    },
  };
  const operation = { query: PAGES, variables: { after: 'x' } };
  const [recent, followers] = findWalks(operation, data);
  expect(recent).toEqual({
    path: ['user', 'recent'],
    rows: 2,
    total: 9,
    start: null,
    end: 'e',
    first: { after: null },
    next: { after: 'e' },
    previous: null,
    hint: null,
  });
  expect(followers).toMatchObject({ previous: { before: 's' }, next: null, first: null });
});

test('connections in lists are found one by one, and told what they lack', () => {
  const query = '{ tags { posts: postsConnection(first: 1) { edges { cursor } pageInfo { hasNextPage } } } }';
  const page = { edges: [{ cursor: 'c' }], pageInfo: { hasNextPage: true } };
  const walks = findWalks({ query }, { tags: [{ posts: page }, { posts: page }] });
  expect(walks.map((walk) => walk.path)).toEqual([
    ['tags', 0, 'posts'],
    ['tags', 1, 'posts'],
  ]);
  expect(walks[0]).toMatchObject({ end: 'c', next: null });
  expect(walks[0]?.hint).toMatch(/variable/);
});

test('an answer without data, or a query that does not parse, has none', () => {
  expect(findWalks({ query: PAGES }, null)).toEqual([]);
  expect(findWalks({ query: '{' }, {})).toEqual([]);
  expect(findWalks({ query: '{ posts { title } }' }, { posts: [{ title: 'a' }] })).toEqual([]);
});
