import type { DialectOptions } from 'sql-formatter';
import { formatDialect, mariadb, postgresql, sqlite } from 'sql-formatter';

const DIALECTS: Partial<Record<string, DialectOptions>> = { sqlite, postgresql, mariadb };

/** Up to this many characters an expression stays on one line. */
const WIDTH = 64;

/** Placeholders shown of a long `IN (…)` list. */
const SHOWN_PLACEHOLDERS = 3;

const PLACEHOLDER = String.raw`(?:\?|\$\d+(?:::\w+)?|:\w+|%s|%\(\w+\)s(?:::\w+)?)`;
const LONG_LIST = new RegExp(
  String.raw`\(\s*${PLACEHOLDER}(?:\s*,\s*${PLACEHOLDER}){${2 * SHOWN_PLACEHOLDERS},}\s*\)`,
  'g',
);

/** Lay out a statement for reading. SQL that the formatter does not know stays as it is. */
export function formatSql(sql: string, database: string): string {
  const short = shortenLists(sql);
  const dialect = DIALECTS[database] ?? sqlite;
  try {
    const formatted = formatDialect(short, {
      dialect,
      keywordCase: 'upper',
      expressionWidth: WIDTH,
      paramTypes: {
        positional: true,
        numbered: ['$'],
        named: [':'],
        // The paramstyles "format" and "pyformat" of the Python drivers.
        custom: [{ regex: String.raw`%\(\w+\)s` }, { regex: '%s' }],
      },
    });
    return joinClauses(joinLists(formatted.split('\n'))).join('\n');
  } catch {
    return short;
  }
}

/** A long list of placeholders as its first three and a comment that counts the rest. */
export function shortenLists(sql: string): string {
  return sql.replace(LONG_LIST, (list) => {
    const placeholders = list.slice(1, -1).split(',');
    const shown = placeholders.slice(0, SHOWN_PLACEHOLDERS).map((each) => each.trim());
    return `(${shown.join(', ')} /* ${placeholders.length - SHOWN_PLACEHOLDERS} more */)`;
  });
}

/** Put a list on one line, however long: the page breaks it where its width ends. */
function joinLists(formatted: string[]): string[] {
  const lines: string[] = [];
  for (const line of formatted) {
    const previous = lines.at(-1);
    if (previous?.endsWith(',') && indentation(previous) === indentation(line)) {
      lines[lines.length - 1] = `${previous} ${line.trimStart()}`;
    } else {
      lines.push(line);
    }
  }
  return lines;
}

/** Put the first line of a clause beside its keyword: `FROM posts`, `LIMIT ?`. */
function joinClauses(formatted: string[]): string[] {
  const lines: string[] = [];
  for (const line of formatted) {
    const previous = lines.at(-1);
    if (
      previous !== undefined &&
      /^ *[A-Z][A-Z ]*$/.test(previous) &&
      indentation(line) > indentation(previous)
    ) {
      lines[lines.length - 1] = `${previous} ${line.trimStart()}`;
    } else {
      lines.push(line);
    }
  }
  return lines;
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

/** A statement's gist for its heading: `SELECT posts, post_tags`. */
export function summarize(sql: string): string {
  const verb = /^\s*(?:WITH\b[\s\S]*?\b(?=SELECT))?(\w+)/i.exec(sql)?.[1]?.toUpperCase() ?? 'SQL';
  const tables = [...sql.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+(["`]?[A-Za-z_][\w.]*["`]?)/gi)]
    .map((match) => match[1]?.replaceAll(/["`]/g, '') ?? '')
    .filter((name, index, names) => names.indexOf(name) === index);
  return tables.length === 0 ? verb : `${verb} ${tables.join(', ')}`;
}
