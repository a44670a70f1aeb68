import { useState } from 'react';

import { count } from '../numbers';

type ParameterValues = Record<string, unknown> | unknown[];

/** One `[name, value]` a parameter; positional ones are named by their number, from 1. */
export function parameterList(parameters: ParameterValues): [string, string][] {
  const entries: [string, unknown][] = Array.isArray(parameters)
    ? parameters.map((value, index) => [String(index + 1), value])
    : Object.entries(parameters);
  return entries.map(([name, value]) => [name, JSON.stringify(value)]);
}

export function printParameters(parameters: ParameterValues | null): string {
  if (parameters === null) return 'redacted';
  return parameterList(parameters)
    .map(([, value]) => value)
    .join(', ');
}

/** How many are shown before the reader asks for the rest. */
const FIRST = 8;

export function Parameters({ parameters }: { parameters: ParameterValues | null }) {
  const [all, setAll] = useState(false);
  if (parameters === null) return <p className="parameters-note">Parameters are redacted.</p>;
  const list = parameterList(parameters);
  if (list.length === 0) return null;
  const hidden = all ? 0 : Math.max(0, list.length - FIRST);
  return (
    <div className="parameters">
      <h4>
        Parameters <span>{count(list.length)}</span>
      </h4>
      <dl>
        {list.slice(0, list.length - hidden).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {hidden > 0 && (
        <button
          type="button"
          className="button button-small"
          onClick={() => {
            setAll(true);
          }}
        >
          {count(hidden)} more
        </button>
      )}
    </div>
  );
}
