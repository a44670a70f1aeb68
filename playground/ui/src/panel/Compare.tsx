import { COMPARED, routeLabel } from '../api/routes';
import { count, duration, plural } from '../numbers';
import type { Exchange } from '../store';
import { compare } from '../store';
import { Icon } from '../shell/Icon';
import type { Measured, Outcome, Spread, Verdict } from './comparison';
import { fastest, measured, share, spread, verdict } from './comparison';

export function Compare({ exchange }: { exchange: Exchange }) {
  const outcomes = exchange.comparison;
  if (!exchange.repeatable) {
    return (
      <p className="notice">
        This operation writes. A comparison runs it again and again, so it is for queries only.
      </p>
    );
  }
  if (!outcomes) {
    return (
      <div className="compare-start">
        <h2>One query, {COMPARED.length} paths</h2>
        <p>
          Run this query on every path and see what each costs in statements and in time. They take
          turns for ten rounds; the first fills caches, and the median of the others counts.
        </p>
        <dl className="routes">
          {COMPARED.map(({ id, label, description }) => (
            <div key={id}>
              <dt>
                <span className="badge" data-route={id}>
                  {label}
                </span>
              </dt>
              <dd>{description}</dd>
            </div>
          ))}
        </dl>
        <CompareButton label="Compare the paths" primary />
      </div>
    );
  }
  const busy = exchange.comparing;
  const result = busy ? null : verdict(outcomes);
  return (
    <div className="compare" aria-busy={busy}>
      {result && <Headline verdict={result} />}
      <Bars
        title="SQL statements"
        outcomes={outcomes}
        value={(outcome) => outcome.statements}
        print={count}
      />
      <Bars
        title="Time on the server"
        outcomes={outcomes}
        value={(outcome) => spread(outcome.rounds).median}
        print={duration}
        of={(outcome) => spread(outcome.rounds)}
      />
      {!busy && <Fastest outcomes={outcomes} />}
      {result && <Agreement verdict={result} />}
      {!busy && <CompareButton label="Compare again" />}
    </div>
  );
}

function CompareButton({ label, primary = false }: { label: string; primary?: boolean }) {
  return (
    <button
      type="button"
      className={primary ? 'button button-primary' : 'button'}
      onClick={() => void compare()}
    >
      <Icon name="run" /> {label}
    </button>
  );
}

function Headline({ verdict: { best, worst, fewerStatements, faster } }: { verdict: Verdict }) {
  return (
    <p className="headline">
      {fewerStatements ? (
        <>
          <strong>{count(worst.statements)}</strong> statements against{' '}
          <strong>{count(best.statements)}</strong>
        </>
      ) : (
        <>The same number of statements on every path</>
      )}
      <span>
        {routeLabel(best.route)} sends{' '}
        {fewerStatements ? `${fewerStatements} times fewer` : 'as many'} statements
        {faster && ` and answers ${faster} times faster`} than {lowerLabel(worst.route)}.
        {!faster && ' In time there is no difference.'}
      </span>
    </p>
  );
}

/** The label of a route inside a sentence: `JSON` stays what it is. */
function lowerLabel(route: string): string {
  const label = routeLabel(route);
  return label === label.toUpperCase() ? label : label.toLowerCase();
}

/** Which routes the rounds cannot tell from the fastest. */
function Fastest({ outcomes }: { outcomes: Outcome[] }) {
  const routes = fastest(outcomes).map(routeLabel);
  if (routes.length < 2) return null;
  return (
    <p className="no-difference">
      no difference between {routes.slice(0, -1).join(', ')} and {routes.at(-1)}, the fastest
    </p>
  );
}

interface BarsProps {
  title: string;
  outcomes: Outcome[];
  value: (outcome: Measured) => number;
  print: (value: number) => string;
  /** Of what the value is the median. */
  of?: (outcome: Measured) => Spread;
}

function Bars({ title, outcomes, value, print, of }: BarsProps) {
  const all = measured(outcomes).flatMap((outcome) => [value(outcome), of?.(outcome).high ?? 0]);
  const rounds = Math.max(0, ...measured(outcomes).map((outcome) => outcome.rounds.length));
  return (
    <section className="bars">
      <h3>{title}</h3>
      <ul>
        {outcomes.map((outcome) => (
          <li key={outcome.route} data-route={outcome.route}>
            <span className="bar-label">{routeLabel(outcome.route)}</span>
            {outcome.state === 'measured' ? (
              <>
                <span className="bar-track" aria-hidden="true">
                  <span className="bar" style={{ width: `${share(value(outcome), all)}%` }} />
                  {of && <Whisker spread={of(outcome)} all={all} />}
                </span>
                <span className="bar-value">{print(value(outcome))}</span>
                {of && (
                  <span className="visually-hidden">
                    {' '}
                    {print(of(outcome).low)} to {print(of(outcome).high)}
                  </span>
                )}
                {outcome.error && <span className="bar-note">{outcome.error}</span>}
              </>
            ) : (
              <span className="bar-note" data-state={outcome.state}>
                {outcome.state === 'failed' ? outcome.message : 'waiting…'}
              </span>
            )}
          </li>
        ))}
      </ul>
      {of && rounds > 0 && (
        <p className="bars-legend">
          The median of {plural(rounds, 'round')}; <span aria-hidden="true" /> the middle half of them
        </p>
      )}
    </section>
  );
}

/** From where to where the middle half of the rounds is, drawn over the bar. */
function Whisker({ spread: { low, high }, all }: { spread: Spread; all: number[] }) {
  const left = share(low, all);
  return (
    <span
      className="bar-whisker"
      style={{ left: `${left}%`, width: `${Math.max(0, share(high, all) - left)}%` }}
    />
  );
}

function Agreement({ verdict: { sameData } }: { verdict: Verdict }) {
  return sameData ? (
    <p className="agreement">
      <Icon name="check" /> Every path gave the same answer.
    </p>
  ) : (
    <p className="notice notice-error">
      The paths gave different answers: that is a bug, please report the query.
    </p>
  );
}
