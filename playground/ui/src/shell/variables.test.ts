import { expect, test } from 'vitest';

import { changedVariables } from './variables';

test('variables of another page keep the others', () => {
  const text = '{ "id": 7, "after": "x" }';
  expect(JSON.parse(changedVariables(text, { after: null }))).toEqual({ id: 7, after: null });
  expect(JSON.parse(changedVariables(' ', { after: 'y' }))).toEqual({ after: 'y' });
});
