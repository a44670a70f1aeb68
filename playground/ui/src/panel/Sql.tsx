import { useMemo } from 'react';

import { formatSql } from '../sql/format';
import type { Token } from '../sql/tokens';
import { tokenize } from '../sql/tokens';
import { CodeLine } from './CodeLine';

/** A statement laid out and highlighted. */
export function Sql({ sql, database }: { sql: string; database: string }) {
  const lines = useMemo(() => splitLines(tokenize(formatSql(sql, database))), [sql, database]);
  return (
    // Scrollable, so it must be reachable by keyboard.
    <pre className="sql" tabIndex={0} role="group" aria-label="SQL">
      <code>
        {lines.map((tokens, index) => (
          <Line key={index} tokens={tokens} />
        ))}
      </code>
    </pre>
  );
}

function Line({ tokens }: { tokens: Token[] }) {
  return (
    <CodeLine text={tokens.map((token) => token.text).join('')}>
      {tokens.map(({ kind, text, ofPolicy }, index) =>
        kind === 'plain' && !ofPolicy ? (
          text
        ) : (
          <span key={index} className={`sql-${kind}${ofPolicy ? ' sql-of-policy' : ''}`}>
            {text}
          </span>
        ),
      )}
    </CodeLine>
  );
}

/** The tokens of each line; a comment or a string over several lines is split at their ends. */
export function splitLines(tokens: Token[]): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokens) {
    for (const [index, part] of token.text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (part !== '') lines.at(-1)?.push({ ...token, text: part });
    }
  }
  return lines;
}
