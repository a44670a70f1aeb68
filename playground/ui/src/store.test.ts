// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from 'vitest';

import { eager, exchange, fetchAnswering } from './fixtures';
import { askAsEach, checkHealth, compare, explain, loadExamples, run, usePlayground } from './store';

const { getState, setState, getInitialState } = usePlayground;
const never = new AbortController().signal;
const query = '{ posts { title } }';

function answer(sqla: unknown) {
  return { data: { posts: [] }, extensions: { sqla } };
}

function respond(...bodies: unknown[]) {
  const { answer: fetch, sent } = fetchAnswering(...bodies);
  vi.stubGlobal('fetch', fetch);
  return sent;
}

beforeEach(() => {
  setState({ ...getInitialState(), tabId: 'tab' }, true);
  vi.unstubAllGlobals();
});

test('a run sends the switches and keeps what the server did', async () => {
  const sent = respond(answer(eager));
  setState({ route: 'fallback', strict: true, viewer: 'admin' });

  await run({ query }, never);

  expect(sent).toEqual([
    {
      query,
      extensions: {
        sqla: {
          route: 'fallback',
          viewer: 'admin',
          debug: true,
          strict: true,
          explain: false,
          parameters: true,
        },
      },
    },
  ]);
  expect(getState().exchanges['tab']).toMatchObject({ state: 'answered', debug: eager });
  expect(getState().announcement).toBe('Answered. 2 SQL statements on the eager path.');
});

test('errors of an answer are kept and told', async () => {
  respond({ data: null, errors: [{ message: 'Query depth 4 exceeds max_depth=3.' }] });
  await run({ query }, never);
  expect(getState().exchanges['tab']?.errors).toHaveLength(1);
  expect(getState().announcement).toBe('An error: Query depth 4 exceeds max_depth=3.');
});

test('a server that fails is told apart from one that is gone', async () => {
  respond('Traceback');
  await expect(run({ query }, never)).rejects.toThrow('The server answered 500');
  expect(getState().exchanges['tab']?.failure).toMatchObject({
    kind: 'server',
    detail: 'Traceback',
  });
  expect(getState().connection).not.toBe('lost');

  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(run({ query }, never)).rejects.toThrow('does not answer');
  expect(getState().exchanges['tab']?.failure?.kind).toBe('connection');
  expect(getState().connection).toBe('lost');
});

test('a run that is stopped leaves nothing behind', async () => {
  const abort = new AbortController();
  vi.stubGlobal('fetch', () => {
    abort.abort();
    return Promise.reject(new DOMException('The run was stopped.', 'AbortError'));
  });
  await expect(run({ query }, abort.signal)).rejects.toThrow('stopped');
  expect(getState().exchanges).toEqual({});
  expect(getState().connection).not.toBe('lost');
});

test('a lost server that answers again is connected', async () => {
  setState({ connection: 'lost' });
  respond({ status: 'ok', database: 'sqlite', driver: 'pysqlite', rows: { users: 1 } });
  expect(await checkHealth()).toBe(true);
  expect(getState()).toMatchObject({ connection: 'connected', announcement: 'The server is back.' });
});

test('EXPLAIN runs the query again and keeps the first run’s figures', async () => {
  setState({ exchanges: { tab: exchange() } });
  const explained = eager.statements.map((each) => ({
    ...each,
    duration_ms: 99,
    explain: [`SCAN ${each.index}`],
  }));
  const sent = respond(answer({ ...eager, statements: explained }));

  await explain();

  expect(sent[0]).toMatchObject({ extensions: { sqla: { explain: true } } });
  const { debug, explaining } = getState().exchanges['tab'] ?? {};
  expect(explaining).toBe(false);
  expect(debug?.statements.map((each) => each.explain)).toEqual([['SCAN 0'], ['SCAN 1']]);
  expect(debug?.statements[0]?.duration_ms).toBe(eager.statements[0]?.duration_ms);
});

test('a mutation is never run again', async () => {
  setState({ exchanges: { tab: exchange({ repeatable: false }) } });
  const sent = respond(answer(eager));
  await explain();
  await compare();
  expect(sent).toEqual([]);
});

test('a comparison runs every route in turn, and forgets the first round', async () => {
  setState({ exchanges: { tab: exchange() } });
  const sent = respond({ data: { posts: [] } });

  await compare();

  const routes = ['lazy', 'fallback', 'eager', 'closures', 'json'];
  expect(sent).toHaveLength(10 * routes.length);
  expect(sent.slice(0, 6)).toMatchObject(
    [...routes, 'lazy'].map((route) => ({ extensions: { sqla: { route, debug: false } } })),
  );
  const { comparison, comparing } = getState().exchanges['tab'] ?? {};
  expect(comparing).toBe(false);
  expect(comparison?.map((each) => each.route)).toEqual(routes);
  expect(comparison?.[0]).toMatchObject({
    state: 'measured',
    statements: 2,
    rounds: [6, 11, 16, 21, 26, 31, 36, 41, 46],
    data: '{"posts":[]}',
  });
});

test('a comparison goes on after a route that fails', async () => {
  setState({ exchanges: { tab: exchange() } });
  respond('Traceback', { data: null });
  await compare();
  expect(getState().exchanges['tab']?.comparison?.map((each) => each.state)).toEqual([
    'failed',
    'measured',
    'measured',
    'measured',
    'measured',
  ]);
});

test('every viewer is asked, and keeps what was answered', async () => {
  setState({ exchanges: { tab: exchange() } });
  const sent = respond(answer(eager), { data: { posts: [1] } }, 'Traceback');

  await askAsEach();

  expect(sent).toMatchObject(
    ['anonymous', 'user:103', 'admin'].map((viewer) => ({ extensions: { sqla: { viewer } } })),
  );
  expect(getState().exchanges['tab']?.views).toMatchObject([
    { viewer: 'anonymous', state: 'answered', statements: 2 },
    { viewer: 'user:103', text: '{\n  "posts": [\n    1\n  ]\n}', statements: null },
    { viewer: 'admin', state: 'failed' },
  ]);
});

test('examples that cannot be had say why', async () => {
  respond('Not Found');
  await loadExamples();
  expect(getState().examplesFailure).toContain('The server answered 500');
});
