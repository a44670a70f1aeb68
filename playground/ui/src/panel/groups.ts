import type { LazyLoad, Statement } from '../api/debug';

/** Statements with the same SQL for the same field: what N+1 looks like. */
export interface StatementGroup {
  first: Statement;
  statements: Statement[];
  duration_ms: number;
  /** Null when no statement of the group tells its rows. */
  rows: number | null;
}

/** Up to this many equal statements are shown one by one: the chunks of a `selectinload`, say. */
export const LONGEST_UNGROUPED = 3;

/** Statements in the order of their first run, the many equal ones as one group. */
export function groupStatements(statements: Statement[]): StatementGroup[] {
  const byText = new Map<string, Statement[]>();
  for (const statement of statements) {
    const key = `${statement.field}\n${statement.relationship ?? ''}\n${statement.sql}`;
    const equal = byText.get(key);
    if (equal) equal.push(statement);
    else byText.set(key, [statement]);
  }
  return [...byText.values()]
    .flatMap((equal) => (equal.length > LONGEST_UNGROUPED ? [equal] : equal.map((each) => [each])))
    .map(toGroup)
    .sort((a, b) => a.first.index - b.first.index);
}

function toGroup(statements: Statement[]): StatementGroup {
  const [first] = statements;
  if (!first) throw new Error('A group holds at least one statement.');
  return {
    first,
    statements,
    duration_ms: databaseTime(statements),
    rows: totalRows(statements),
  };
}

/** Milliseconds. */
export function databaseTime(statements: Statement[]): number {
  return total(statements, (statement) => statement.duration_ms ?? 0);
}

function total<T>(items: T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

export function totalRows(statements: Statement[]): number | null {
  const known = statements.filter((statement) => statement.rows !== null);
  return known.length === 0 ? null : total(known, (statement) => statement.rows ?? 0);
}

export interface LazyLoadGroup {
  field: string;
  attribute: string;
  hint: string;
  loads: number;
  statements: number;
}

/** Lazy loads by the field that asked and what it loaded, the most frequent first. */
export function groupLazyLoads(lazyLoads: LazyLoad[]): LazyLoadGroup[] {
  const groups = new Map<string, LazyLoadGroup>();
  for (const { field, attribute, hint, statements } of lazyLoads) {
    const key = `${field}\n${attribute}`;
    const group = groups.get(key) ?? { field, attribute, hint, loads: 0, statements: 0 };
    group.loads += 1;
    group.statements += statements.length;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.loads - a.loads);
}
