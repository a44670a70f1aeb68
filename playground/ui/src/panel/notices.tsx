import type { GraphQLErrorReport, LazyLoad } from '../api/debug';
import { printPath } from '../api/debug';
import { plural } from '../numbers';
import { Prose } from '../Prose';
import type { Failure } from '../store';
import { Icon } from '../shell/Icon';
import { groupLazyLoads } from './groups';

/** There is no answer at all. */
export function FailureNotice({ failure }: { failure: Failure }) {
  const title = failure.kind === 'connection' ? 'No answer' : 'The server failed';
  return (
    <div className="notice notice-error">
      <h3>
        <Icon name="warning" /> {title}
      </h3>
      <p>{failure.message}</p>
      {failure.detail && (
        // Scrollable, so it must be reachable by keyboard.
        <pre tabIndex={0} role="group" aria-label="What the server sent">
          {failure.detail}
        </pre>
      )}
    </div>
  );
}

const SHOWN_ERRORS = 5;

/** The `errors` of a GraphQL answer. */
export function AnswerErrors({ errors }: { errors: GraphQLErrorReport[] }) {
  if (errors.length === 0) return null;
  return (
    <div className="notice notice-error">
      <h3>
        <Icon name="warning" /> {plural(errors.length, 'error')} in the answer
      </h3>
      <ul>
        {errors.slice(0, SHOWN_ERRORS).map((error, index) => (
          <li key={index}>
            {error.message} <ErrorPlace error={error} />
          </li>
        ))}
      </ul>
      {errors.length > SHOWN_ERRORS && <p>and {errors.length - SHOWN_ERRORS} more.</p>}
    </div>
  );
}

function ErrorPlace({ error: { path, locations, extensions } }: { error: GraphQLErrorReport }) {
  const refused = extensions?.field ?? extensions?.argument;
  if (refused) {
    return (
      <>
        Refused at <code>{refused}</code>
      </>
    );
  }
  if (path && path.length > 0) return <code>{printPath(path)}</code>;
  const [location] = locations ?? [];
  return location ? (
    <code>
      line {location.line}, column {location.column}
    </code>
  ) : null;
}

/** Loads that no plan foresaw: the N+1 that this page is there to show. */
export function LazyLoads({ lazyLoads, strict }: { lazyLoads: LazyLoad[]; strict: boolean }) {
  if (lazyLoads.length === 0) return null;
  return (
    <div className="notice notice-warning">
      <h3>
        <Icon name="warning" /> {plural(lazyLoads.length, 'lazy load')} that no plan foresaw
      </h3>
      <ul>
        {groupLazyLoads(lazyLoads).map((group) => (
          <li key={`${group.field} ${group.attribute}`}>
            <p>
              <code>{group.field}</code> loaded <code>{group.attribute}</code>{' '}
              {group.loads === 1 ? 'once' : plural(group.loads, 'time')}
              {strict && ': an error in strict mode'}
            </p>
            <p className="hint">
              <Prose text={group.hint} />
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}
