/** The text of variables with some of them changed. */
export function changedVariables(text: string, changes: Record<string, unknown>): string {
  const known = text.trim() === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return JSON.stringify({ ...known, ...changes }, null, 2);
}
