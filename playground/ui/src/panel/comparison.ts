import { factor } from '../numbers';

/** How one route did in a comparison. */
export type Outcome =
  | { route: string; state: 'waiting' }
  | { route: string; state: 'failed'; message: string }
  | Measured;

export interface Measured {
  route: string;
  state: 'measured';
  statements: number;
  /** Milliseconds of each round but the first, which fills caches. */
  rounds: number[];
  /** Whether the first round is over. */
  isWarm: boolean;
  /** The answer's data, serialized, to tell whether the routes agree. */
  data: string;
  error: string | null;
}

export function measured(outcomes: Outcome[]): Measured[] {
  return outcomes.filter((outcome) => outcome.state === 'measured');
}

/** The median of a route's rounds, and the middle half of them: its spread. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

export function spread(rounds: number[]): Spread {
  const sorted = [...rounds].sort((a, b) => a - b);
  return { median: at(sorted, 0.5), low: at(sorted, 0.25), high: at(sorted, 0.75) };
}

/** The value at a part of the way through sorted values, between two of them if need be. */
function at(sorted: number[], part: number): number {
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - Math.floor(place));
}

/** Whether the rounds of two routes tell them apart: their middle halves do not overlap. */
export function differ(one: Measured, other: Measured): boolean {
  const a = spread(one.rounds);
  const b = spread(other.rounds);
  return a.high < b.low || b.high < a.low;
}

/** The width of a bar in per cent of the longest; never so thin that it cannot be seen. */
export function share(value: number, all: number[]): number {
  const longest = Math.max(...all, 0);
  return longest === 0 ? 0 : Math.max(0.6, (value / longest) * 100);
}

export interface Verdict {
  /** Such as `440`. */
  fewerStatements: string | null;
  /** Null where there is no difference. */
  faster: string | null;
  best: Measured;
  worst: Measured;
  sameData: boolean;
}

/** What a comparison shows: the route with the most statements against the one with the fewest. */
export function verdict(outcomes: Outcome[]): Verdict | null {
  const all = measured(outcomes).filter((outcome) => outcome.error === null);
  const byCost = [...all].sort(
    (a, b) => a.statements - b.statements || spread(a.rounds).median - spread(b.rounds).median,
  );
  const best = byCost.at(0);
  const worst = byCost.at(-1);
  if (!best || !worst || best === worst) return null;
  const statements = worst.statements / Math.max(best.statements, 1);
  const time = spread(worst.rounds).median / spread(best.rounds).median;
  return {
    best,
    worst,
    fewerStatements: statements > 1 ? factor(statements) : null,
    faster: time > 1 && differ(best, worst) ? factor(time) : null,
    sameData: all.every((outcome) => outcome.data === best.data),
  };
}

/** The routes that are as fast as the fastest, as far as the rounds can tell. */
export function fastest(outcomes: Outcome[]): string[] {
  const all = measured(outcomes);
  const [first] = [...all].sort((a, b) => spread(a.rounds).median - spread(b.rounds).median);
  return all.filter((each) => first && !differ(first, each)).map(({ route }) => route);
}
