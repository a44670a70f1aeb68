import { create } from 'zustand';

import type { Answer, DebugInfo, GraphQLErrorReport } from './api/debug';
import { answeredBy, debugInfo } from './api/debug';
import type { Example, Health, Operation, Switches } from './api/client';
import {
  ConnectionLostError,
  execute,
  executeTimed,
  fetchExamples,
  fetchHealth,
  ServerError,
} from './api/client';
import { COMPARED, DEFAULT_ROUTE } from './api/routes';
import { VIEWERS } from './api/viewers';
import { isRepeatable } from './operations';
import type { Measured, Outcome } from './panel/comparison';

/** Why there is no GraphQL answer. */
export interface Failure {
  kind: 'connection' | 'server';
  message: string;
  detail: string;
}

/** One operation sent and what came back, shown until the tab sends the next. */
export interface Exchange {
  operation: Operation;
  /** Whether the operation is a query, which can run again and again. */
  repeatable: boolean;
  switches: Switches;
  state: 'running' | 'answered' | 'failed';
  debug: DebugInfo | null;
  /** Of the answer, for the walker of its pages. */
  data: unknown;
  errors: GraphQLErrorReport[];
  failure: Failure | null;
  explaining: boolean;
  /** Which plans of the database's are shown; false before any. */
  explained: boolean | 'analyze';
  explainFailure: string | null;
  comparison: Outcome[] | null;
  comparing: boolean;
  /** What each viewer sees, in the order of `VIEWERS`; null until asked. */
  views: SeenAs[] | null;
}

/** What the operation answers a viewer. */
export interface SeenAs {
  viewer: string;
  state: 'waiting' | 'answered' | 'failed';
  /** The answer as JSON, or why there is none. */
  text: string;
  statements: number | null;
}

export type PanelTab = 'statements' | 'plan' | 'compare' | 'viewers' | 'table';

/** The part of the page that a phone shows. */
export type View = 'query' | 'answer' | 'panel';

export interface PlaygroundState {
  route: string;
  strict: boolean;
  /** Who asks; null where there are no policies. */
  viewer: string | null;
  /** GraphiQL's tab in front; each has its own exchange. */
  tabId: string;
  exchanges: Record<string, Exchange>;
  connection: 'connecting' | 'connected' | 'lost';
  health: Health | null;
  examples: Example[] | null;
  examplesFailure: string | null;
  panelTab: PanelTab;
  /** The statement that the list scrolls to when it is shown next. */
  targetStatement: number | null;
  view: View;
  /** What a screen reader is told when it happens. */
  announcement: string;
}

export const usePlayground = create<PlaygroundState>(() => ({
  route: DEFAULT_ROUTE,
  strict: false,
  viewer: null,
  tabId: '',
  exchanges: {},
  connection: 'connecting',
  health: null,
  examples: null,
  examplesFailure: null,
  panelTab: 'statements',
  targetStatement: null,
  view: 'query',
  announcement: '',
}));

const { getState, setState } = usePlayground;

/** The exchange of the tab in front. */
export function useExchange(): Exchange | null {
  return usePlayground((state) => state.exchanges[state.tabId] ?? null);
}

function updateExchange(tabId: string, changes: Partial<Exchange>): void {
  setState(({ exchanges }) => {
    const exchange = exchanges[tabId];
    return exchange ? { exchanges: { ...exchanges, [tabId]: { ...exchange, ...changes } } } : {};
  });
}

export function announce(announcement: string): void {
  setState({ announcement });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failureOf(error: unknown): Failure {
  return {
    kind: error instanceof ConnectionLostError ? 'connection' : 'server',
    message: messageOf(error),
    detail: error instanceof ServerError ? error.detail : '',
  };
}

function noteConnection(error: unknown): void {
  if (error instanceof ConnectionLostError && getState().connection !== 'lost') {
    setState({ connection: 'lost' });
    announce('The connection to the server is lost.');
  }
}

/** Send the operation of the tab in front and keep what came back for the panel. */
export async function run(operation: Operation, signal: AbortSignal): Promise<Answer> {
  const { tabId, route, strict, viewer } = getState();
  const switches: Switches = {
    route,
    viewer,
    debug: true,
    strict,
    explain: false,
    parameters: true,
  };
  const exchange: Exchange = {
    operation,
    repeatable: isRepeatable(operation.query, operation.operationName),
    switches,
    state: 'running',
    debug: null,
    data: null,
    errors: [],
    failure: null,
    explaining: false,
    explained: false,
    explainFailure: null,
    comparison: null,
    comparing: false,
    views: null,
  };
  setState(({ exchanges, view }) => ({
    exchanges: { ...exchanges, [tabId]: exchange },
    view: view === 'query' ? 'answer' : view,
  }));
  announce('Running the query.');
  try {
    const answer = await execute(operation, switches, signal);
    const debug = debugInfo(answer);
    const errors = answer.errors ?? [];
    updateExchange(tabId, { state: 'answered', debug, errors, data: answer.data });
    setState({ connection: 'connected' });
    announce(describeAnswer(debug, errors));
    return answer;
  } catch (error) {
    if (signal.aborted) {
      forgetExchange(tabId, operation);
    } else {
      updateExchange(tabId, { state: 'failed', failure: failureOf(error) });
      noteConnection(error);
    }
    throw error;
  }
}

/** Forget a run that was stopped, unless the tab runs another by now. */
function forgetExchange(tabId: string, operation: Operation): void {
  setState(({ exchanges }) => {
    if (exchanges[tabId]?.operation !== operation) return {};
    const others = Object.entries(exchanges).filter(([id]) => id !== tabId);
    return { exchanges: Object.fromEntries(others) };
  });
  announce('Stopped.');
}

function describeAnswer(debug: DebugInfo | null, errors: GraphQLErrorReport[]): string {
  const parts: string[] = [];
  const [first] = errors;
  if (first) parts.push(`${errors.length === 1 ? 'An error' : `${errors.length} errors`}: ${first.message}`);
  else parts.push('Answered.');
  if (debug && debug.statements.length > 0) {
    const { length } = debug.statements;
    const routes = answeredBy(debug).join(' and ');
    parts.push(`${length} SQL ${length === 1 ? 'statement' : 'statements'} on the ${routes} path.`);
    if (debug.lazy_loads.length > 0) parts.push(`${debug.lazy_loads.length} unplanned lazy loads.`);
  }
  return parts.join(' ');
}

/** Run the operation again for the database's EXPLAIN of every statement. */
export async function explain(how: true | 'analyze' = true): Promise<void> {
  const { tabId, exchanges } = getState();
  const exchange = exchanges[tabId];
  if (!exchange?.debug || !exchange.repeatable) return;
  updateExchange(tabId, { explaining: true, explainFailure: null });
  try {
    const answer = await execute(exchange.operation, { ...exchange.switches, explain: how });
    const explained = debugInfo(answer);
    if (getState().exchanges[tabId]?.debug !== exchange.debug) return;
    updateExchange(tabId, {
      debug: withExplain(exchange.debug, explained),
      explaining: false,
      explained: how,
    });
    announce('EXPLAIN is shown below each statement.');
  } catch (error) {
    updateExchange(tabId, { explaining: false, explainFailure: messageOf(error) });
    noteConnection(error);
  }
}

/** Take over the plans that the database gave for the same SQL in a second run. */
export function withExplain(debug: DebugInfo, explained: DebugInfo | null): DebugInfo {
  const bySql = new Map(
    (explained?.statements ?? []).map((statement) => [statement.sql, statement.explain]),
  );
  const statements = debug.statements.map((statement) => ({
    ...statement,
    // An empty list: asked for, and the database gave nothing.
    explain: bySql.get(statement.sql) ?? [],
  }));
  return { ...debug, statements };
}

/** Rounds that are measured, after one that fills caches: compiled SQL, plans, pages. */
const ROUNDS = 9;

/** Where all routes are slow, fewer rounds are enough: milliseconds, and how many at least. */
const PATIENCE = 10_000;
const FEWEST_ROUNDS = 3;

/**
 * Run the operation on every route, round by round, and keep statements and times.
 *
 * The routes take turns, so that whatever slows the machine for a while slows all of them.
 */
export async function compare(): Promise<void> {
  const { tabId, exchanges } = getState();
  const exchange = exchanges[tabId];
  if (!exchange?.repeatable) return;
  const { operation, switches } = exchange;
  const started = performance.now();
  let outcomes: Outcome[] = COMPARED.map(({ id }) => ({ route: id, state: 'waiting' }));
  updateExchange(tabId, { comparison: outcomes, comparing: true });
  for (let round = 0; round <= ROUNDS; round += 1) {
    if (round > FEWEST_ROUNDS && performance.now() - started > PATIENCE) break;
    for (const before of outcomes) {
      if (before.state === 'failed') continue;
      const { route } = before;
      const asked = { ...switches, route, strict: false, debug: false };
      const outcome = await measure(operation, asked, before);
      outcomes = outcomes.map((each) => (each.route === route ? outcome : each));
      if (getState().exchanges[tabId]?.operation !== operation) return;
      updateExchange(tabId, { comparison: outcomes });
    }
  }
  updateExchange(tabId, { comparing: false });
  announce('The comparison is complete.');
}

/** Run the operation once more, and add its time to what is known of the route. */
async function measure(
  operation: Operation,
  switches: Switches,
  before: Outcome,
): Promise<Outcome> {
  const { route } = switches;
  try {
    const { answer, timing } = await executeTimed(operation, switches);
    if (!timing) return { route, state: 'failed', message: 'The server sent no Server-Timing.' };
    return {
      route,
      state: 'measured',
      statements: timing.statements,
      // The first round is kept until there is a second.
      rounds: isWarm(before) ? [...before.rounds, timing.duration_ms] : [timing.duration_ms],
      isWarm: before.state === 'measured',
      data: JSON.stringify(answer.data ?? null),
      error: answer.errors?.[0]?.message ?? null,
    };
  } catch (error) {
    noteConnection(error);
    return { route, state: 'failed', message: messageOf(error) };
  }
}

function isWarm(outcome: Outcome): outcome is Measured {
  return outcome.state === 'measured' && outcome.isWarm;
}

/** Ask as each viewer, one after the other, and keep the answers. */
export async function askAsEach(): Promise<void> {
  const { tabId, exchanges } = getState();
  const exchange = exchanges[tabId];
  if (!exchange?.repeatable) return;
  const { operation, switches } = exchange;
  let views: SeenAs[] = VIEWERS.map(({ id }) => ({
    viewer: id,
    state: 'waiting',
    text: '',
    statements: null,
  }));
  updateExchange(tabId, { views });
  for (const { id } of VIEWERS) {
    const seen = await seenAs(id, operation, switches);
    if (getState().exchanges[tabId]?.operation !== operation) return;
    views = views.map((each) => (each.viewer === id ? seen : each));
    updateExchange(tabId, { views });
  }
  announce('Every viewer was answered.');
}

async function seenAs(viewer: string, operation: Operation, switches: Switches): Promise<SeenAs> {
  try {
    const answer = await execute(operation, { ...switches, viewer });
    const { data, errors } = answer;
    return {
      viewer,
      state: 'answered',
      text: JSON.stringify(errors ? { data, errors } : data, null, 2),
      statements: debugInfo(answer)?.statements.length ?? null,
    };
  } catch (error) {
    noteConnection(error);
    return { viewer, state: 'failed', text: messageOf(error), statements: null };
  }
}

/** Ask the server how it is; true when it answered. */
export async function checkHealth(): Promise<boolean> {
  try {
    const health = await fetchHealth();
    if (getState().connection === 'lost') announce('The server is back.');
    setState({ health, connection: 'connected' });
    return true;
  } catch (error) {
    noteConnection(error);
    return false;
  }
}

export async function loadExamples(): Promise<void> {
  try {
    setState({ examples: await fetchExamples(), examplesFailure: null });
  } catch (error) {
    setState({ examplesFailure: messageOf(error) });
    noteConnection(error);
  }
}
