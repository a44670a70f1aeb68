/** `extensions.sqla` of an answer, version 1, as the server's debug extension writes it. */
export interface DebugInfo {
  version: 1;
  duration_ms: number;
  route: string;
  fields: FieldReport[];
  statements: Statement[];
  lazy_loads: LazyLoad[];
  database: string;
  /** How often the resolver of each field was called, and what that took in all. */
  resolvers: ResolverTime[];
}

export interface ResolverTime {
  field: string;
  calls: number;
  /** With what it waited for, such as a batch. */
  duration_ms: number;
}

export type ResponsePath = (string | number)[];

/** One root field, or one fallback batch (with the path of the first parent's field). */
export interface FieldReport {
  path: ResponsePath;
  field: string;
  route: string;
  why: string;
  plan: PlanNode | null;
  /** Indexes into `DebugInfo.statements`. */
  statements: number[];
}

export interface PlanNode {
  /** Its response keys; empty for the rows of the field itself. */
  field: string;
  type: string;
  model: string;
  attribute: string | null;
  how: string;
  why: string;
  columns: string[];
  /** Where in the tree this level is shown with what is below; null for most, which are here. */
  same_as: string | null;
  children: PlanNode[];
}

export interface Statement {
  index: number;
  sql: string;
  /** Null where the server redacts them. */
  parameters: Record<string, unknown> | unknown[] | null;
  /** Null when the statement failed. */
  duration_ms: number | null;
  /** Null where the driver does not tell. */
  rows: number | null;
  path: ResponsePath;
  field: string;
  route: string;
  relationship: string | null;
  /** What it does where arguments choose its rows; null where they choose none. */
  page: PageReport | null;
  /** The database's own EXPLAIN, one line each; null unless it was asked for. */
  explain: string[] | null;
}

/** How a statement finds the rows that arguments choose, for whom, and what was asked. */
export interface PageReport {
  form: string;
  /** How many objects its rows are for; null at the root. */
  owners: number | null;
  filter: string | null;
  order: string[];
  limit: number | null;
  offset: number;
  after: string | null;
  before: string | null;
  /** Whether the limit counts from the end. */
  from_end: boolean;
}

export interface LazyLoad {
  path: ResponsePath;
  field: string;
  attribute: string;
  hint: string;
  statements: number[];
}

export interface GraphQLErrorReport {
  message: string;
  path?: ResponsePath;
  locations?: { line: number; column: number }[];
  /** Where in the query an argument or a limit refused it. */
  extensions?: { argument?: string; field?: string };
}

export interface Answer {
  data?: unknown;
  errors?: GraphQLErrorReport[];
  extensions?: Record<string, unknown>;
}

/** The answer's `extensions.sqla`, or null where the server sent none. */
export function debugInfo(answer: Answer): DebugInfo | null {
  const sqla = answer.extensions?.['sqla'];
  if (typeof sqla !== 'object' || sqla === null || !('statements' in sqla)) return null;
  return sqla as DebugInfo;
}

/** The answer as a client without the playground's switches would see it. */
export function withoutDebugInfo(answer: Answer): Answer {
  if (answer.extensions === undefined) return answer;
  const { extensions, ...rest } = answer;
  const others = Object.entries(extensions).filter(([name]) => name !== 'sqla');
  return others.length === 0 ? rest : { ...rest, extensions: Object.fromEntries(others) };
}

/** The routes that answered, in the order of their first statements. */
export function answeredBy({ statements, fields, route }: DebugInfo): string[] {
  const run = statements.map((statement) => statement.route);
  const planned = fields.map((field) => field.route);
  const routes = run.length > 0 ? run : planned.length > 0 ? planned : [route];
  return routes.filter((each, index) => routes.indexOf(each) === index);
}

/** `["users", 0, "posts"]` as `users.0.posts`; the operation itself is the empty path. */
export function printPath(path: ResponsePath): string {
  return path.join('.');
}

/** The same without list indexes: of what happened once for many. */
export function printFields(path: ResponsePath): string {
  return printPath(path.filter((step) => typeof step === 'string'));
}
