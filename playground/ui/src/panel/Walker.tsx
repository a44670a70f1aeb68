import { printPath } from '../api/debug';
import { count, plural } from '../numbers';
import { Prose } from '../Prose';
import type { Exchange } from '../store';
import type { Walk } from './walks';
import { decodeCursor, findWalks } from './walks';

const SHOWN = 8;

interface WalkerProps {
  exchange: Exchange;
  /** Run the same query with these variables changed. */
  onWalk: (variables: Record<string, unknown>) => void;
}

/** The connections of an answer: where each page ends, and the way to the next. */
export function Walker({ exchange, onWalk }: WalkerProps) {
  if (!exchange.repeatable) return null;
  const walks = findWalks(exchange.operation, exchange.data);
  if (walks.length === 0) return null;
  return (
    <section className="walker" aria-labelledby="walker-title">
      <h3 id="walker-title">Pages</h3>
      <ul>
        {walks.slice(0, SHOWN).map((walk) => (
          <WalkRow key={printPath(walk.path)} walk={walk} onWalk={onWalk} />
        ))}
      </ul>
      {walks.length > SHOWN && <p>and {count(walks.length - SHOWN)} more.</p>}
    </section>
  );
}

function WalkRow({ walk, onWalk }: { walk: Walk; onWalk: WalkerProps['onWalk'] }) {
  const place = printPath(walk.path);
  const ways = [
    ['First page', walk.first],
    ['Previous page', walk.previous],
    ['Next page', walk.next],
  ] as const;
  return (
    <li>
      <p className="walk">
        <code>{place}</code>
        <span>
          {plural(walk.rows, 'row')}
          {walk.total !== null && ` of ${count(walk.total)}`}
        </span>
        {ways.map(
          ([name, variables]) =>
            variables && (
              <button
                key={name}
                type="button"
                className="button button-small"
                aria-label={`${name} of ${place}`}
                onClick={() => {
                  onWalk(variables);
                }}
              >
                {name}
              </button>
            ),
        )}
      </p>
      {walk.end !== null && <Cursor text={walk.end} />}
      {walk.hint && (
        <p className="hint">
          <Prose text={walk.hint} />
        </p>
      )}
    </li>
  );
}

/** The cursor that a page ends with, and what is in it. */
function Cursor({ text }: { text: string }) {
  const place = decodeCursor(text);
  return (
    <p className="cursor">
      ends at <code className="cursor-text">{text}</code>
      {place && (
        <>
          {' = '}key <code>{JSON.stringify(place.key)}</code>
          {place.values ? (
            <>
              {', '}values <code>{JSON.stringify(place.values)}</code>
            </>
          ) : (
            ', the values are looked up'
          )}
          {', '}order <code>{place.digest}</code>
        </>
      )}
    </p>
  );
}
