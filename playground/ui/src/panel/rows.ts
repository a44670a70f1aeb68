/** A list of an answer: where it is, and its objects. */
export interface List {
  path: string;
  rows: Record<string, unknown>[];
}

/** The lists of objects of an answer, the outermost first; those below others are joined. */
export function findLists(data: unknown): List[] {
  const found = new Map<string, Record<string, unknown>[]>();
  collect(data, [], found);
  return [...found]
    .map(([path, rows]) => ({ path, rows }))
    .sort((a, b) => depth(a) - depth(b) || b.rows.length - a.rows.length);
}

function depth({ path }: List): number {
  return path.split('.').length;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function collect(
  value: unknown,
  path: string[],
  found: Map<string, Record<string, unknown>[]>,
): void {
  if (Array.isArray(value)) {
    const rows = value.filter(isObject);
    if (rows.length > 0) {
      const key = path.join('.');
      found.set(key, [...(found.get(key) ?? []), ...rows]);
    }
    for (const row of rows) collect(row, path, found);
  } else if (isObject(value)) {
    for (const [key, below] of Object.entries(value)) collect(below, [...path, key], found);
  }
}

/** Objects as a table: a column for each leaf of theirs, `author.username` for one below. */
export interface Grid {
  columns: string[];
  cells: string[][];
}

export function toGrid(rows: Record<string, unknown>[]): Grid {
  const flat = rows.map((row) => new Map(leaves(row, [])));
  const columns = [...new Set(flat.flatMap((row) => [...row.keys()]))];
  return { columns, cells: flat.map((row) => columns.map((column) => row.get(column) ?? '')) };
}

function leaves(value: unknown, path: string[]): [string, string][] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, below]) => leaves(below, [...path, key]));
  }
  return [[path.join('.'), printLeaf(value)]];
}

function printLeaf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  // A list with one thing in each of its objects reads as a list of those.
  return value
    .map((item) => {
      const inside = isObject(item) ? Object.values(item) : [item];
      return inside.length === 1 && !isObject(inside[0]) && !Array.isArray(inside[0])
        ? printLeaf(inside[0])
        : JSON.stringify(item);
    })
    .join(', ');
}

/** RFC 4180; text that a spreadsheet would calculate gets an apostrophe in front. */
export function toCsv({ columns, cells }: Grid): string {
  return [columns, ...cells].map((row) => row.map(quoted).join(',')).join('\r\n') + '\r\n';
}

function quoted(cell: string): string {
  const harmless = /^[=+@\t\r]|^-(?!\d)/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
