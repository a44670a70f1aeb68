import type { DebugInfo } from '../api/debug';
import { answeredBy } from '../api/debug';
import { routeLabel } from '../api/routes';
import { count, duration } from '../numbers';
import { databaseTime, totalRows } from './groups';

/** The answer's cost at a glance. */
export function Summary({ debug }: { debug: DebugInfo }) {
  const { statements, duration_ms } = debug;
  const inDatabase = databaseTime(statements);
  const rows = totalRows(statements);
  return (
    <div className="summary">
      <dl>
        <Figure name={statements.length === 1 ? 'statement' : 'statements'}>
          {count(statements.length)}
        </Figure>
        {rows !== null && <Figure name={rows === 1 ? 'row' : 'rows'}>{count(rows)}</Figure>}
        <Figure name="in the database">{duration(inDatabase)}</Figure>
        <Figure name="in all">{duration(duration_ms)}</Figure>
      </dl>
      <p className="routes-taken" aria-label="Answered by">
        {answeredBy(debug).map((route) => (
          <span key={route} className="badge" data-route={route}>
            {routeLabel(route)}
          </span>
        ))}
      </p>
    </div>
  );
}

function Figure({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
