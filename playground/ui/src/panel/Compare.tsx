import { routeLabel, ROUTES } from '../api/routes';
import { count, duration } from '../numbers';
import type { Exchange } from '../store';
import { compare } from '../store';
import { Icon } from '../shell/Icon';
import type { Measured, Outcome, Verdict } from './comparison';
import { measured, share, verdict } from './comparison';

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
        <h2>One query, {ROUTES.length} paths</h2>
        <p>
          Run this query on every path and see what each costs in statements and in time. Each runs
          twice, one after the other; the second, warm run counts.
        </p>
        <dl className="routes">
          {ROUTES.map(({ id, label, description }) => (
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
  const busy = outcomes.some(({ state }) => state === 'waiting' || state === 'running');
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
        value={(outcome) => outcome.duration_ms}
        print={duration}
        part={(outcome) => outcome.database_ms}
        partName="of it in the database"
      />
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
        {faster && ` and answers ${faster} times faster`} than {routeLabel(worst.route).toLowerCase()}
        .
      </span>
    </p>
  );
}

interface BarsProps {
  title: string;
  outcomes: Outcome[];
  value: (outcome: Measured) => number;
  print: (value: number) => string;
  part?: (outcome: Measured) => number;
  partName?: string;
}

function Bars({ title, outcomes, value, print, part, partName }: BarsProps) {
  const all = measured(outcomes).map(value);
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
                  <span className="bar" style={{ width: `${share(value(outcome), all)}%` }}>
                    {part && (
                      <span
                        className="bar-part"
                        style={{ width: `${(part(outcome) / value(outcome)) * 100}%` }}
                      />
                    )}
                  </span>
                </span>
                <span className="bar-value">{print(value(outcome))}</span>
                {outcome.error && <span className="bar-note">{outcome.error}</span>}
              </>
            ) : (
              <span className="bar-note" data-state={outcome.state}>
                {outcome.state === 'failed' ? outcome.message : `${outcome.state}…`}
              </span>
            )}
          </li>
        ))}
      </ul>
      {partName && all.length > 0 && (
        <p className="bars-legend">
          <span aria-hidden="true" /> {partName}
        </p>
      )}
    </section>
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
