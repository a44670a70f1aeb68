import { expect, test } from 'vitest';

import { formatSql, shortenLists, summarize } from './format';

test('a clause starts beside its keyword, and columns share a line', () => {
  expect(
    formatSql(
      'SELECT posts.id, posts.title \nFROM posts LEFT OUTER JOIN users AS users_1 ON ' +
        'users_1.id = posts.author_id ORDER BY posts.id\n LIMIT ? OFFSET ?',
      'sqlite',
    ),
  ).toMatchInlineSnapshot(`
    "SELECT posts.id, posts.title
    FROM posts
      LEFT OUTER JOIN users AS users_1 ON users_1.id = posts.author_id
    ORDER BY posts.id
    LIMIT ?
    OFFSET ?"
  `);
});

test.each([
  ['postgresql', 'SELECT a.id FROM a WHERE a.id = %(id_1)s::INTEGER'],
  ['postgresql', 'SELECT a.id FROM a WHERE a.id = $1::INTEGER'],
  ['mariadb', 'SELECT a.id FROM a WHERE a.id = %(id_1)s'],
  ['mariadb', 'SELECT a.id FROM a WHERE a.id = %s'],
  ['sqlite', 'SELECT a.id FROM a WHERE a.id = :id_1'],
  ['another', 'SELECT a.id FROM a WHERE a.id = ?'],
])('parameters of %s stay as they are: %s', (database, sql) => {
  expect(formatSql(sql, database).replaceAll('\n', ' ')).toBe(sql);
});

test('SQL that is none is shown as it came', () => {
  expect(formatSql("SELECT ')", 'sqlite')).toBe("SELECT ')");
});

test('a long list of placeholders is cut short and counted', () => {
  const list = (placeholder: string, number: number) => Array(number).fill(placeholder).join(', ');
  expect(shortenLists(`IN (${list('?', 500)})`)).toBe('IN (?, ?, ? /* 497 more */)');
  expect(shortenLists(`IN (${list('%(id_1)s::INTEGER', 9)})`)).toContain('/* 6 more */');
  expect(shortenLists(`IN (${list('?', 6)})`)).toBe('IN (?, ?, ?, ?, ?, ?)');
});

test.each([
  ['SELECT a.id \nFROM posts AS a JOIN "tags" ON 1 LEFT OUTER JOIN posts ON 1', 'SELECT posts, tags'],
  ['WITH few AS (SELECT 1 FROM b) SELECT * FROM few', 'SELECT b, few'],
  ['INSERT INTO posts (id) VALUES (?)', 'INSERT posts'],
  ['UPDATE posts SET id = ?', 'UPDATE posts'],
  ['SELECT 1', 'SELECT'],
])('%s is %s', (sql, gist) => {
  expect(summarize(sql)).toBe(gist);
});
