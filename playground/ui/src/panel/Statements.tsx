import { useEffect, useRef, useState } from 'react';

import type { DebugInfo, Statement } from '../api/debug';
import { printFields, printPath } from '../api/debug';
import { routeLabel } from '../api/routes';
import { count, duration, plural } from '../numbers';
import { summarize } from '../sql/format';
import { hasPolicy } from '../sql/tokens';
import { announce, explain, usePlayground } from '../store';
import { Icon } from '../shell/Icon';
import { CodeLine } from './CodeLine';
import type { StatementGroup } from './groups';
import { groupStatements } from './groups';
import { PageOf } from './PageOf';
import { Parameters, printParameters } from './Parameters';
import { Sql } from './Sql';

/** Whether EXPLAIN can be had, is on its way, or failed. */
interface Explaining {
  possible: boolean;
  running: boolean;
  /** Which plans of the database's are shown. */
  shown: boolean | 'analyze';
  failure: string | null;
}

/** Databases that run a SELECT once more to tell what it really took. */
const ANALYZING = ['postgresql', 'mariadb'];

interface StatementsProps {
  debug: DebugInfo;
  explaining: Explaining;
}

export function Statements({ debug, explaining }: StatementsProps) {
  const { statements } = debug;
  if (statements.length === 0) {
    return <p className="notice">No SQL ran: nothing in this query needed the database.</p>;
  }
  const groups = groupStatements(statements);
  const longest = Math.max(...groups.map((group) => group.duration_ms));
  return (
    <ol className="statements" aria-label={plural(statements.length, 'statement')}>
        {groups.map((group) => (
          <li key={group.first.index} id={`statement-${group.first.index}`}>
            <StatementCard
              group={group}
              debug={debug}
              share={longest === 0 ? 0 : group.duration_ms / longest}
              explaining={explaining}
            />
          </li>
        ))}
    </ol>
  );
}

interface StatementCardProps {
  group: StatementGroup;
  debug: DebugInfo;
  /** Of the longest duration in the list, 0 to 1. */
  share: number;
  explaining: Explaining;
}

function StatementCard({ group, debug, share, explaining }: StatementCardProps) {
  const { first, statements } = group;
  const repeated = statements.length > 1;
  const focused = useJumpTarget(statements);
  return (
    <article
      ref={focused}
      className="statement"
      data-route={first.route}
      tabIndex={-1}
      aria-label={`${repeated ? plural(statements.length, 'statement') : `Statement ${first.index + 1}`}: ${summarize(first.sql)}`}
    >
      <header>
        <span className="statement-number">
          {repeated ? `${count(statements.length)} ×` : first.index + 1}
        </span>
        <h3>{summarize(first.sql)}</h3>
        <StatementFigures group={group} />
      </header>
      <div className="statement-bar" aria-hidden="true">
        <span style={{ width: `${Math.max(share * 100, 1)}%` }} />
      </div>
      <Cause statement={first} repeated={repeated} expectedRoute={debug.route} />
      {first.page && <PageOf page={first.page} />}
      <Sql sql={first.sql} database={debug.database} />
      {repeated ? <Runs statements={statements} /> : <Parameters parameters={first.parameters} />}
      <Explain statement={first} explaining={explaining} database={debug.database} />
    </article>
  );
}

function StatementFigures({ group }: { group: StatementGroup }) {
  return (
    <p className="statement-figures">
      {group.rows !== null && <span>{plural(group.rows, 'row')}</span>}
      <span>{group.first.duration_ms === null ? 'failed' : duration(group.duration_ms)}</span>
    </p>
  );
}

interface CauseProps {
  statement: Statement;
  repeated: boolean;
  /** The route of the whole answer; only another one is worth a word. */
  expectedRoute: string;
}

/** The GraphQL field that a statement ran for. */
function Cause({ statement, repeated, expectedRoute }: CauseProps) {
  const { path, field, relationship, route, sql } = statement;
  return (
    <p className="cause">
      {route !== expectedRoute && (
        <span className="badge" data-route={route}>
          {routeLabel(route)}
        </span>
      )}
      <span>
        for <code title={field}>{(repeated ? printFields(path) : printPath(path)) || field}</code>
      </span>
      {relationship && (
        <span>
          loads <code>{relationship}</code>
        </span>
      )}
      {hasPolicy(sql) && <span className="policy-mark">with a policy</span>}
    </p>
  );
}

interface ExplainProps {
  statement: Statement;
  explaining: Explaining;
  database: string;
}

function Explain({ statement, explaining, database }: ExplainProps) {
  const { possible, running, shown, failure } = explaining;
  const lines = statement.explain;
  return (
    <>
      <div className="statement-actions">
        <CopyButton text={statement.sql} />
        {lines === null && possible && (
          <button
            type="button"
            className="button button-small"
            disabled={running}
            onClick={() => void explain()}
          >
            {running ? 'Asking the database…' : 'EXPLAIN'}
          </button>
        )}
        {possible && shown !== 'analyze' && !running && ANALYZING.includes(database) && (
          <button
            type="button"
            className="button button-small"
            title="Each SELECT is run once more"
            onClick={() => void explain('analyze')}
          >
            EXPLAIN ANALYZE
          </button>
        )}
      </div>
      {failure && lines === null && (
        <p className="notice notice-error">EXPLAIN failed. {failure}</p>
      )}
      {lines !== null && (
        <figure className="explain">
          <figcaption>{shown === 'analyze' ? 'EXPLAIN ANALYZE' : 'EXPLAIN'}</figcaption>
          {lines.length > 0 ? (
            <pre tabIndex={0} role="group" aria-label="The database’s plan">
              <code>
                {lines.map((line, index) => (
                  <CodeLine key={index} text={line} />
                ))}
              </code>
            </pre>
          ) : (
            <p>The database gave no plan for this statement.</p>
          )}
        </figure>
      )}
    </>
  );
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    announce('Copied.');
    window.setTimeout(() => {
      setCopied(false);
    }, 2000);
  };
  return (
    <button type="button" className="button button-small" onClick={() => void copy()}>
      <Icon name={copied ? 'check' : 'copy'} /> {copied ? 'Copied' : 'Copy SQL'}
    </button>
  );
}

const FIRST_RUNS = 10;
const MORE_RUNS = 200;

/** The single runs of a statement that ran many times. */
function Runs({ statements }: { statements: Statement[] }) {
  const [shown, setShown] = useState(FIRST_RUNS);
  const hidden = statements.length - shown;
  return (
    <details className="runs">
      <summary>The {count(statements.length)} runs</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Path</th>
            <th scope="col">Parameters</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {statements.slice(0, shown).map((statement) => (
            <tr key={statement.index}>
              <td>{statement.index + 1}</td>
              <td>
                <code>{printPath(statement.path)}</code>
              </td>
              <td>
                <code>{printParameters(statement.parameters)}</code>
              </td>
              <td>{duration(statement.duration_ms ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 && (
        <button
          type="button"
          className="button button-small"
          onClick={() => {
            setShown(shown + MORE_RUNS);
          }}
        >
          Show {count(Math.min(hidden, MORE_RUNS))} more of {count(hidden)}
        </button>
      )}
    </details>
  );
}

/** Scroll to the card that holds the statement that Plan points at. */
function useJumpTarget(statements: Statement[]) {
  const card = useRef<HTMLElement>(null);
  const target = usePlayground((state) => state.targetStatement);
  const isTarget = target !== null && statements.some((statement) => statement.index === target);
  useEffect(() => {
    if (!isTarget) return;
    card.current?.scrollIntoView({ block: 'start' });
    card.current?.focus({ preventScroll: true });
    usePlayground.setState({ targetStatement: null });
  }, [isTarget]);
  return card;
}
