import type { KeyboardEvent, ReactNode } from 'react';
import { useRef } from 'react';

import { count } from '../numbers';
import type { Exchange, PanelTab } from '../store';
import { useExchange, usePlayground } from '../store';
import { Icon } from '../shell/Icon';
import { Compare } from './Compare';
import { AnswerErrors, FailureNotice, LazyLoads } from './notices';
import { Plan } from './Plan';
import { Statements } from './Statements';
import { Summary } from './Summary';
import { Table } from './Table';
import { Viewers } from './Viewers';
import { Walker } from './Walker';

interface WelcomeProps {
  onRun: () => void;
  onOpenGallery: () => void;
}

interface PanelProps extends WelcomeProps {
  /** Run the query in the editor with some of its variables changed. */
  onWalk: (variables: Record<string, unknown>) => void;
}

const TABS: { id: PanelTab; label: string }[] = [
  { id: 'statements', label: 'Statements' },
  { id: 'plan', label: 'Plan' },
  { id: 'compare', label: 'Compare' },
  { id: 'viewers', label: 'Viewers' },
  { id: 'table', label: 'Table' },
];

/** Beside the answer: what the server did to give it. */
export function Panel({ onRun, onOpenGallery, onWalk }: PanelProps) {
  const exchange = useExchange();
  const current = usePlayground((state) => state.panelTab);
  return (
    <section id="panel" className="panel" aria-labelledby="panel-title" tabIndex={-1}>
      <h2 id="panel-title" className="visually-hidden">
        SQL of the answer
      </h2>
      <PanelTabs current={current} statements={exchange?.debug?.statements.length ?? null} />
      <div
        role="tabpanel"
        id={`panel-${current}`}
        aria-labelledby={`panel-tab-${current}`}
        className="panel-body"
        tabIndex={0}
      >
        {exchange ? (
          <PanelContent exchange={exchange} current={current} onWalk={onWalk} />
        ) : (
          <Welcome onRun={onRun} onOpenGallery={onOpenGallery} />
        )}
      </div>
    </section>
  );
}

function PanelTabs({ current, statements }: { current: PanelTab; statements: number | null }) {
  const list = useRef<HTMLDivElement>(null);

  const select = (tab: PanelTab) => {
    usePlayground.setState({ panelTab: tab });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = TABS.findIndex((tab) => tab.id === current);
    const next = TABS[(index + step + TABS.length) % TABS.length];
    if (!next) return;
    select(next.id);
    list.current?.querySelector<HTMLElement>(`#panel-tab-${next.id}`)?.focus();
  };

  return (
    <div
      ref={list}
      className="panel-tabs"
      role="tablist"
      aria-label="What the server did"
      onKeyDown={onKeyDown}
    >
      {TABS.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`panel-tab-${id}`}
          aria-controls={id === current ? `panel-${id}` : undefined}
          aria-selected={id === current}
          tabIndex={id === current ? 0 : -1}
          onClick={() => {
            select(id);
          }}
        >
          {label}{' '}
          {id === 'statements' && statements !== null && (
            <span className="tab-count">{count(statements)}</span>
          )}
        </button>
      ))}
    </div>
  );
}

interface PanelContentProps {
  exchange: Exchange;
  current: PanelTab;
  onWalk: PanelProps['onWalk'];
}

function PanelContent({ exchange, current, onWalk }: PanelContentProps) {
  const { debug, errors, failure, state } = exchange;
  if (current === 'compare') return <Compare exchange={exchange} />;
  if (current === 'viewers') return <Viewers exchange={exchange} />;
  if (failure) return <FailureNotice failure={failure} />;
  if (state === 'running') return <Running />;
  if (current === 'table') return <Table data={exchange.data} />;
  if (errors.length > 0 && !debug?.statements.length) {
    return (
      <>
        <AnswerErrors errors={errors} />
        <p className="notice">The query was refused before any SQL ran.</p>
      </>
    );
  }
  if (!debug) {
    return (
      <p className="notice">
        The answer holds no <code>extensions.sqla</code>: this server runs without the debug
        extension.
      </p>
    );
  }
  return (
    <>
      <Summary debug={debug} />
      <AnswerErrors errors={errors} />
      <LazyLoads lazyLoads={debug.lazy_loads} strict={exchange.switches.strict} />
      {current === 'statements' && <Walker exchange={exchange} onWalk={onWalk} />}
      {tabContent(current, exchange, debug)}
    </>
  );
}

function tabContent(
  current: PanelTab,
  exchange: Exchange,
  debug: NonNullable<Exchange['debug']>,
): ReactNode {
  return current === 'plan' ? (
    <Plan debug={debug} />
  ) : (
    <Statements
      debug={debug}
      explaining={{
        possible: exchange.repeatable,
        running: exchange.explaining,
        shown: exchange.explained,
        failure: exchange.explainFailure,
      }}
    />
  );
}

function Running() {
  return (
    <div className="running">
      <span className="spinner" aria-hidden="true" /> Running…
    </div>
  );
}

function Welcome({ onRun, onOpenGallery }: WelcomeProps) {
  return (
    <div className="welcome">
      <h2>See what a query does</h2>
      <p>
        Run a query: every SQL statement behind its answer appears here, with its time and rows, the
        plan that chose it, and what the same query costs on the other paths.
      </p>
      <div className="welcome-actions">
        <button type="button" className="button button-primary" onClick={onRun}>
          <Icon name="run" /> Run the query
        </button>
        <button type="button" className="button" onClick={onOpenGallery}>
          <Icon name="gallery" /> Examples
        </button>
      </div>
      <dl className="keys">
        <div>
          <dt>
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </dt>
          <dd>run the query</dd>
        </div>
        <div>
          <dt>
            <kbd>F6</kbd>
          </dt>
          <dd>go to the next part of the page, also out of an editor</dd>
        </div>
        <div>
          <dt>
            <kbd>Ctrl</kbd> <kbd>Space</kbd>
          </dt>
          <dd>complete what you type</dd>
        </div>
        <div>
          <dt>
            <kbd>Shift</kbd> <kbd>Ctrl</kbd> <kbd>P</kbd>
          </dt>
          <dd>lay out the query</dd>
        </div>
      </dl>
    </div>
  );
}
