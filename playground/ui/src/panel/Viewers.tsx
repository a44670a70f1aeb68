import { useMemo, useState } from 'react';

import { viewerLabel, VIEWERS } from '../api/viewers';
import { plural } from '../numbers';
import { Icon } from '../shell/Icon';
import type { Exchange, SeenAs } from '../store';
import { askAsEach } from '../store';
import { CodeLine } from './CodeLine';
import type { Pair } from './sideBySide';
import { sideBySide } from './sideBySide';

/** One query, asked by two people: what policies hide from one of them. */
export function Viewers({ exchange }: { exchange: Exchange }) {
  if (!exchange.repeatable) {
    return <p className="notice">This operation writes. Only queries are asked again.</p>;
  }
  if (!exchange.views) {
    return (
      <div className="compare-start">
        <h2>One query, {VIEWERS.length} viewers</h2>
        <p>
          A policy says which rows a viewer may see, and is part of every statement that names
          their table. Ask as each viewer and see the answers beside each other.
        </p>
        <dl className="routes">
          {VIEWERS.map(({ id, label, description }) => (
            <div key={id}>
              <dt>{label}</dt>
              <dd>{description}</dd>
            </div>
          ))}
        </dl>
        <AskButton label="Ask as each viewer" primary />
      </div>
    );
  }
  const busy = exchange.views.some(({ state }) => state === 'waiting');
  return (
    <div className="viewers" aria-busy={busy}>
      <SideBySide views={exchange.views} />
      {!busy && <AskButton label="Ask again" />}
    </div>
  );
}

function AskButton({ label, primary = false }: { label: string; primary?: boolean }) {
  return (
    <button
      type="button"
      className={primary ? 'button button-primary' : 'button'}
      onClick={() => void askAsEach()}
    >
      <Icon name="run" /> {label}
    </button>
  );
}

function SideBySide({ views }: { views: SeenAs[] }) {
  const [leftId, setLeft] = useState(views.at(0)?.viewer);
  const [rightId, setRight] = useState(views.at(-1)?.viewer);
  const left = views.find(({ viewer }) => viewer === leftId);
  const right = views.find(({ viewer }) => viewer === rightId);
  if (!left || !right) return null;
  return (
    <>
      <div className="viewers-head">
        <Choice name="Viewer on the left" views={views} seen={left} onChoose={setLeft} />
        <Choice name="Viewer on the right" views={views} seen={right} onChoose={setRight} />
      </div>
      {left.state !== 'waiting' && right.state !== 'waiting' && (
        <Verdict differs={left.text !== right.text} />
      )}
      <Answers left={left} right={right} />
    </>
  );
}

interface ChoiceProps {
  name: string;
  views: SeenAs[];
  seen: SeenAs;
  onChoose: (viewer: string) => void;
}

function Choice({ name, views, seen, onChoose }: ChoiceProps) {
  return (
    <p>
      <select
        aria-label={name}
        value={seen.viewer}
        onChange={(event) => {
          onChoose(event.target.value);
        }}
      >
        {views.map(({ viewer }) => (
          <option key={viewer} value={viewer}>
            {viewerLabel(viewer)}
          </option>
        ))}
      </select>
      <span>
        {seen.statements === null ? `${seen.state}…` : plural(seen.statements, 'statement')}
      </span>
    </p>
  );
}

function Verdict({ differs }: { differs: boolean }) {
  return differs ? (
    <p className="viewers-verdict">Lines that only one of them sees are marked.</p>
  ) : (
    <p className="agreement">
      <Icon name="check" /> Both see the same.
    </p>
  );
}

function Answers({ left, right }: { left: SeenAs; right: SeenAs }) {
  const pairs = useMemo(() => sideBySide(left.text, right.text), [left.text, right.text]);
  return (
    <div className="viewers-answers">
      {(['left', 'right'] as const).map((side) => (
        // Scrollable, so it must be reachable by keyboard.
        <pre
          key={side}
          tabIndex={0}
          role="group"
          aria-label={`What ${viewerLabel({ left, right }[side].viewer)} sees`}
        >
          <code>
            {pairs.map((pair, index) => (
              <span key={index} className={classOf(pair, side)}>
                <CodeLine text={pair[side] ?? ''} />
              </span>
            ))}
          </code>
        </pre>
      ))}
    </div>
  );
}

function classOf(pair: Pair, side: 'left' | 'right'): string {
  if (pair[side] === null) return 'line-missing';
  return pair.left === pair.right ? '' : 'line-own';
}
