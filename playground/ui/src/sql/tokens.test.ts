import { expect, test } from 'vitest';

import { tokenize } from './tokens';

function kinds(sql: string): string[] {
  return tokenize(sql)
    .filter((token) => token.kind !== 'plain')
    .map((token) => `${token.kind} ${token.text}`);
}

test('each kind is told apart', () => {
  expect(kinds("SELECT lower(name) FROM users WHERE id = ? AND x = 'it''s' -- 1")).toEqual([
    'keyword SELECT',
    'function lower',
    'keyword FROM',
    'keyword WHERE',
    'parameter ?',
    'keyword AND',
    "string 'it''s'",
    'comment -- 1',
  ]);
});

test('a cast is no parameter, and a quoted identifier no keyword', () => {
  expect(kinds('"order".id = %(id_1)s::INTEGER + :a + $2 + 3')).toEqual([
    'parameter %(id_1)s',
    'parameter :a',
    'parameter $2',
    'number 3',
  ]);
});

test('nothing is lost', () => {
  const sql = 'SELECT `a`, "b"\n FROM c /* d\n e */ WHERE f = 1.5;';
  expect(
    tokenize(sql)
      .map((token) => token.text)
      .join(''),
  ).toBe(sql);
});

test('what a policy adds is told by the comments around it', () => {
  const sql = 'SELECT a FROM b WHERE /* policy */ (c = ?) /* end of policy */ AND d = ?';
  const ofPolicy = tokenize(sql)
    .filter((token) => token.ofPolicy)
    .map((token) => token.text)
    .join('');
  expect(ofPolicy).toBe('/* policy */ (c = ?) /* end of policy */');
});
