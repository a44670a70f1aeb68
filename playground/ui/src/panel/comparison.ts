import { factor } from '../numbers';

/** How one route did in a comparison. */
export type Outcome =
  | { route: string; state: 'waiting' | 'running' }
  | { route: string; state: 'failed'; message: string }
  | Measured;

export interface Measured {
  route: string;
  state: 'measured';
  statements: number;
  duration_ms: number;
  database_ms: number;
  /** The answer's data, serialized, to tell whether the routes agree. */
  data: string;
  error: string | null;
}

export function measured(outcomes: Outcome[]): Measured[] {
  return outcomes.filter((outcome) => outcome.state === 'measured');
}

/** The width of a bar in per cent of the longest; never so thin that it cannot be seen. */
export function share(value: number, all: number[]): number {
  const longest = Math.max(...all, 0);
  return longest === 0 ? 0 : Math.max(0.6, (value / longest) * 100);
}

export interface Verdict {
  /** Such as `440`. */
  fewerStatements: string | null;
  faster: string | null;
  best: Measured;
  worst: Measured;
  sameData: boolean;
}

/** What a comparison shows: the route with the most statements against the one with the fewest. */
export function verdict(outcomes: Outcome[]): Verdict | null {
  const all = measured(outcomes).filter((outcome) => outcome.error === null);
  const byCost = [...all].sort(
    (a, b) => a.statements - b.statements || a.duration_ms - b.duration_ms,
  );
  const best = byCost.at(0);
  const worst = byCost.at(-1);
  if (!best || !worst || best === worst) return null;
  const statements = worst.statements / Math.max(best.statements, 1);
  const time = worst.duration_ms / best.duration_ms;
  return {
    best,
    worst,
    fewerStatements: statements > 1 ? factor(statements) : null,
    faster: time >= 1.1 ? factor(time) : null,
    sameData: all.every((outcome) => outcome.data === best.data),
  };
}
