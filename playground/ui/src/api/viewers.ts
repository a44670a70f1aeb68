/** Somebody as whom the server can be asked. */
export interface Viewer {
  id: string;
  label: string;
  description: string;
}

export const VIEWERS: readonly Viewer[] = [
  { id: 'anonymous', label: 'Anonymous', description: 'Sees what is published' },
  { id: 'user:103', label: 'User 103', description: 'Sees drafts of their own, too' },
  { id: 'admin', label: 'Admin', description: 'Sees all rows' },
];

/** `anonymous`, `admin`, or any user by their number. */
export function isViewer(id: string): boolean {
  return /^(anonymous|admin|user:[1-9]\d{0,8})$/.test(id);
}

/** The label of a viewer; a link may name a user whom the list does not. */
export function viewerLabel(id: string): string {
  return VIEWERS.find((viewer) => viewer.id === id)?.label ?? id.replace('user:', 'User ');
}
