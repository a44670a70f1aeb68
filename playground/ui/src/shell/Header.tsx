import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useState } from 'react';

import type { Health } from '../api/client';
import { ROUTES } from '../api/routes';
import { viewerLabel, VIEWERS } from '../api/viewers';
import { count, plural } from '../numbers';
import { announce, usePlayground } from '../store';
import { Icon } from './Icon';

interface HeaderProps {
  onOpenGallery: () => void;
  onRouteChange: () => void;
  shareLink: () => string;
}

export function Header({ onOpenGallery, onRouteChange, shareLink }: HeaderProps) {
  return (
    <header className="header">
      <div className="brand">
        <img src="./favicon.svg" alt="" width="26" height="26" />
        <h1>
          ariadne-sqla <span>playground</span>
        </h1>
      </div>
      <DatabaseNote />
      <div className="header-controls">
        <RouteSwitch onChange={onRouteChange} />
        <StrictSwitch onChange={onRouteChange} />
        <ViewerChoice onChange={onRouteChange} />
        <button type="button" className="button" onClick={onOpenGallery}>
          <Icon name="gallery" /> <span className="label">Examples</span>
        </button>
        <ShareButton shareLink={shareLink} />
        <ThemeButton />
      </div>
    </header>
  );
}

const DATABASES: Record<string, string> = {
  sqlite: 'SQLite',
  postgresql: 'PostgreSQL',
  mariadb: 'MariaDB',
  mysql: 'MySQL',
};

function DatabaseNote() {
  const health = usePlayground((state) => state.health);
  const connection = usePlayground((state) => state.connection);
  if (connection === 'connecting') return <p className="database-note">Connecting…</p>;
  return (
    <p className="database-note" data-lost={connection === 'lost'} title={tables(health)}>
      <span className="dot" aria-hidden="true" />
      {connection === 'lost' || !health ? 'No connection' : describe(health)}
    </p>
  );
}

function describe({ database, driver, rows = {} }: Health): string {
  const all = Object.values(rows).reduce((sum, number) => sum + number, 0);
  return `${DATABASES[database] ?? database} (${driver}) · ${plural(all, 'row')}`;
}

/** The rows of each table, one a line. */
function tables(health: Health | null): string {
  return Object.entries(health?.rows ?? {})
    .map(([table, number]) => `${table}: ${count(number)}`)
    .join('\n');
}

function RouteSwitch({ onChange }: { onChange: () => void }) {
  const current = usePlayground((state) => state.route);
  return (
    <fieldset className="segments">
      <legend className="visually-hidden">Path that loads the data</legend>
      {ROUTES.map(({ id, label, description }) => (
        <label key={id} title={description} data-route={id}>
          <input
            type="radio"
            name="route"
            value={id}
            checked={current === id}
            onChange={() => {
              usePlayground.setState({ route: id });
              onChange();
            }}
          />
          <span className="swatch" aria-hidden="true" />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

/** Who asks: policies hide rows from them. Nobody in particular sees all rows. */
function ViewerChoice({ onChange }: { onChange: () => void }) {
  const viewer = usePlayground((state) => state.viewer);
  const known = VIEWERS.map(({ id }) => id);
  const ids = viewer === null || known.includes(viewer) ? known : [...known, viewer];
  return (
    <label className="choice" title="Policies hide drafts, and what belongs to them, from others">
      <span className="label">See as</span>
      <select
        aria-label="See as"
        value={viewer ?? ''}
        data-chosen={viewer !== null}
        onChange={(event) => {
          usePlayground.setState({ viewer: event.target.value || null });
          onChange();
        }}
      >
        <option value="">no policies</option>
        {ids.map((id) => (
          <option key={id} value={id}>
            {viewerLabel(id)}
          </option>
        ))}
      </select>
    </label>
  );
}

function StrictSwitch({ onChange }: { onChange: () => void }) {
  const strict = usePlayground((state) => state.strict);
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={strict}
      title="Strict mode: a lazy load that no plan foresaw is an error"
      onClick={() => {
        usePlayground.setState({ strict: !strict });
        onChange();
      }}
    >
      <span className="switch-track" aria-hidden="true" />
      Strict
    </button>
  );
}

function ShareButton({ shareLink }: { shareLink: () => string }) {
  const [note, setNote] = useState<string | null>(null);

  const share = async () => {
    const link = shareLink();
    let outcome = 'Link copied';
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      // Browsers refuse the clipboard on pages that are served without HTTPS, localhost excepted.
      outcome = 'Copy the address bar';
    }
    setNote(outcome);
    announce(`${outcome}. The link holds query, variables and switches.`);
    window.setTimeout(() => {
      setNote(null);
    }, 2500);
  };

  return (
    <button
      type="button"
      className="button"
      title="Copy a link that holds the query and its variables (never the headers)"
      onClick={() => void share()}
    >
      <Icon name={note ? 'check' : 'share'} /> <span className="label">{note ?? 'Share'}</span>
    </button>
  );
}

const THEMES = [null, 'light', 'dark'] as const;
const THEME_LABELS = { system: 'as the system', light: 'light', dark: 'dark' };

function ThemeButton() {
  const theme = useGraphiQL((state) => state.theme);
  const { setTheme } = useGraphiQLActions();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? null;
  const label = `Colours: ${THEME_LABELS[theme ?? 'system']}`;
  return (
    <button
      type="button"
      className="button button-icon"
      aria-label={label}
      title={`${label}; next: ${THEME_LABELS[next ?? 'system']}`}
      onClick={() => {
        setTheme(next);
        announce(`Colours: ${THEME_LABELS[next ?? 'system']}`);
      }}
    >
      <Icon name={theme ?? 'system'} />
    </button>
  );
}
