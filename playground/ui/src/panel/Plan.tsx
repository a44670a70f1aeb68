import type { DebugInfo, FieldReport, PlanNode, ResolverTime } from '../api/debug';
import { printFields, printPath } from '../api/debug';
import { routeLabel } from '../api/routes';
import { count, duration, plural } from '../numbers';
import { Prose } from '../Prose';
import { usePlayground } from '../store';
import type { Folded } from './folding';
import { foldBatches } from './folding';

/** What each way to load a relationship costs, in the reader's terms. */
const COSTS: Record<string, string> = {
  root: 'a statement of its own',
  resolver: 'by code of its own',
  given: 'by that code too',
  joinedload: 'in its parent’s statement',
  entity: 'in its parent’s statement',
  selectinload: 'one more statement',
  subqueryload: 'one more statement',
  batch: 'one batched statement',
  json: 'in its parent’s statement',
  lazyload: 'one statement per parent',
  lazy: 'one statement per parent',
  select: 'one statement per parent',
};

export function Plan({ debug }: { debug: DebugInfo }) {
  if (debug.fields.length === 0) {
    return <p className="notice">No field of this query was loaded by a plan.</p>;
  }
  const { reports, batches } = foldBatches(debug);
  return (
    <>
      <ul className="plans">
        {reports.map((report) => (
          <li key={`${report.route} ${report.field} ${printPath(report.path)}`}>
            <FieldPlan report={report} batches={batches} />
          </li>
        ))}
      </ul>
      <ResolverTimes resolvers={debug.resolvers} />
    </>
  );
}

const SHOWN_RESOLVERS = 12;

/** Where the time goes: the fields whose resolvers took longest. */
function ResolverTimes({ resolvers }: { resolvers: ResolverTime[] }) {
  const longest = [...resolvers].sort((a, b) => b.duration_ms - a.duration_ms);
  return (
    <table className="resolvers">
      <caption>Time in resolvers, with what each waited for</caption>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Calls</th>
          <th scope="col">Time</th>
        </tr>
      </thead>
      <tbody>
        {longest.slice(0, SHOWN_RESOLVERS).map(({ field, calls, duration_ms }) => (
          <tr key={field}>
            <td>
              <code>{field}</code>
            </td>
            <td>{count(calls)}</td>
            <td>{duration(duration_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type Batches = Folded['batches'];

function FieldPlan({ report, batches }: { report: FieldReport; batches: Batches }) {
  const { path, field, route, why, plan, statements } = report;
  return (
    <article className="plan" data-route={route} aria-label={`Plan of ${field}`}>
      <header>
        <h3>{field}</h3>
        <code title={printPath(path)}>{printFields(path)}</code>
        <span className="badge" data-route={route}>
          {routeLabel(route)}
        </span>
      </header>
      <p className="why">
        <Prose text={why} />
      </p>
      {plan && (
        <ul className="plan-tree">
          <Node node={plan} told={why} batches={batches} />
        </ul>
      )}
      <StatementLinks statements={withoutBatches(statements, plan, batches)} />
    </article>
  );
}

/** One level of a plan, and what is below; `told` is why its parent says it is so. */
function Node({ node, told, batches }: { node: PlanNode; told: string; batches: Batches }) {
  const { field, type, model, attribute, how, why, columns, same_as, children } = node;
  const cost = COSTS[how];
  const name = type || model;
  const title = field || name;
  const loaded = attribute ?? model;
  return (
    <li>
      <div className="plan-node">
        <p className="plan-node-title">
          <strong>{title}</strong>
          {!title.endsWith(name) && <span className="plan-type">{name}</span>}
          <span className="how" data-how={how}>
            {how}
          </span>
          {cost && <span className="plan-cost">{cost}</span>}
        </p>
        <p className="plan-loads">
          {loaded !== name && <code>{loaded}</code>}
          {columns.length > 0 && (
            <span className="columns">
              <span className="visually-hidden">columns </span>
              {columns.map((column) => (
                <code key={column}>{column}</code>
              ))}
            </span>
          )}
          {same_as !== null && (
            <span>
              the same as <code>{same_as}</code>
            </span>
          )}
        </p>
        {how === 'batch' && <StatementLinks statements={batches.get(attribute ?? '') ?? []} />}
        {why !== told && (
          <p className="why">
            <Prose text={why} />
          </p>
        )}
      </div>
      {children.length > 0 && (
        <ul>
          {children.map((child, index) => (
            <Node key={`${index} ${child.field}`} node={child} told={told} batches={batches} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** The statements of a field that are not linked where its tree has their batch. */
function withoutBatches(statements: number[], plan: PlanNode | null, batches: Batches): number[] {
  const linked = new Set(plan ? [...batches.values()].flat() : []);
  return statements.filter((index) => !linked.has(index));
}

/** Up to this many statements are linked one by one. */
const LINKED = 12;

function StatementLinks({ statements }: { statements: number[] }) {
  if (statements.length === 0) return null;
  return (
    <p className="statement-links">
      {plural(statements.length, 'statement')}:{' '}
      {statements.slice(0, LINKED).map((index) => (
        <button
          key={index}
          type="button"
          className="button button-small"
          aria-label={`Show statement ${index + 1}`}
          onClick={() => {
            usePlayground.setState({ panelTab: 'statements', targetStatement: index });
          }}
        >
          {index + 1}
        </button>
      ))}
      {statements.length > LINKED && ' …'}
    </p>
  );
}
