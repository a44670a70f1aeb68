import type { Answer } from './debug';

export interface Switches {
  route: string;
  /** Who asks; null where there are no policies. */
  viewer: string | null;
  /** Whether the answer tells what the query did, which costs time. */
  debug: boolean;
  strict: boolean;
  explain: boolean | 'analyze';
  parameters: boolean;
}

export interface Operation {
  query: string;
  variables?: unknown;
  operationName?: string | undefined;
  headers?: Record<string, string> | undefined;
}

export interface Health {
  status: 'ok' | 'empty' | 'foreign' | 'unavailable';
  database: string;
  driver: string;
  /** Of each table; missing while the database is unavailable. */
  rows?: Record<string, number>;
  /** Why the database is unavailable. */
  problem?: string;
}

export interface Example {
  id: string;
  title: string;
  description: string;
  query: string;
  variables?: Record<string, unknown> | null;
  route?: string | null;
  viewer?: string | null;
}

/** What the server's `Server-Timing` says of an answer. */
export interface Timing {
  statements: number;
  duration_ms: number;
}

/** Nobody answered: the server is stopped, or the network is gone. */
export class ConnectionLostError extends Error {
  override name = 'ConnectionLostError';
}

/** The server answered, but not with a GraphQL answer. */
export class ServerError extends Error {
  override name = 'ServerError';
  readonly status: number;
  readonly detail: string;

  constructor(status: number, statusText: string, detail: string) {
    super(`The server answered ${status}${statusText ? ` ${statusText}` : ''}.`);
    this.status = status;
    this.detail = detail;
  }
}

/** Relative to the page, so that a path in front of the playground does no harm. */
function address(name: string): URL {
  return new URL(name, document.baseURI);
}

async function request(name: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(address(name), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ConnectionLostError(
      `The playground's server does not answer at ${address(name).href}. Is it still running?`,
      { cause: error },
    );
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new ServerError(response.status, response.statusText, excerpt(text));
  }
}

function excerpt(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > 2000 ? `${trimmed.slice(0, 2000)}…` : trimmed;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);
}

/** Send an operation. Without `switches` the server answers as it would anyone else. */
export async function execute(
  operation: Operation,
  switches: Switches | null,
  signal?: AbortSignal,
): Promise<Answer> {
  return (await send(operation, switches, signal)).answer;
}

/** The same, with how long it took; null where the server does not tell. */
export async function executeTimed(
  operation: Operation,
  switches: Switches,
): Promise<{ answer: Answer; timing: Timing | null }> {
  const { answer, response } = await send(operation, switches);
  return { answer, timing: readTiming(response.headers.get('server-timing') ?? '') };
}

/** The inverse of the server's `total;dur=12.41, db;dur=3.07;desc="2 statements"`. */
export function readTiming(header: string): Timing | null {
  const duration = /\btotal;dur=([\d.]+)/.exec(header)?.[1];
  const statements = /desc="(\d+) statements"/.exec(header)?.[1];
  if (duration === undefined || statements === undefined) return null;
  return { statements: Number(statements), duration_ms: Number(duration) };
}

async function send(
  operation: Operation,
  switches: Switches | null,
  signal?: AbortSignal,
): Promise<{ answer: Answer; response: Response }> {
  const { query, variables, operationName, headers } = operation;
  const response = await request('graphql', {
    method: 'POST',
    headers: {
      ...headers,
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      query,
      variables,
      operationName,
      ...(switches && { extensions: { sqla: switches } }),
    }),
    signal: signal ?? null,
  });
  const answer = await readJson(response);
  // A query that does not validate is answered with status 400 and a GraphQL answer.
  if (isAnswer(answer)) return { answer, response };
  throw new ServerError(response.status, response.statusText, JSON.stringify(answer, null, 2));
}

async function get(name: string): Promise<{ response: Response; body: unknown }> {
  const response = await request(name);
  return { response, body: await readJson(response) };
}

/** How the server is; one whose database is gone says so with status 503. */
export async function fetchHealth(): Promise<Health> {
  return (await get('health')).body as Health;
}

export async function fetchExamples(): Promise<Example[]> {
  const { response, body } = await get('examples.json');
  if (response.ok) return body as Example[];
  throw new ServerError(response.status, response.statusText, JSON.stringify(body, null, 2));
}
