/** A way in which the server can load what a query asks for. */
export interface Route {
  id: string;
  label: string;
  description: string;
}

/**
 * Every route that the switch offers, slowest first.
 * A further one is one more entry, and a colour in styles/theme.css.
 */
export const ROUTES: readonly Route[] = [
  {
    id: 'lazy',
    label: 'Lazy',
    description: 'Naive lazy loading: one statement for each relationship of each row',
  },
  {
    id: 'fallback',
    label: 'Fallback',
    description: 'DataLoader: one batched statement per relationship and level',
  },
  {
    id: 'eager',
    label: 'Eager',
    description: 'Planned ahead: loader options from the selection',
  },
  {
    id: 'json',
    label: 'JSON',
    description: 'One statement that is the finished JSON, where the database can write it',
  },
];

/** Not to be debugged: whoever looks at every field of the answer switches it off. */
const CLOSURES: Route = {
  id: 'closures',
  label: 'Closures',
  description: 'As eager, and objects are completed by functions, not field by field',
};

/** Every route that Compare runs, in the order of its bars. */
export const COMPARED: readonly Route[] = [
  ...ROUTES.filter(({ id }) => id !== 'json'),
  CLOSURES,
  ...ROUTES.filter(({ id }) => id === 'json'),
];

/** What answered by code of the application's own. */
const MANUAL: Route = { id: 'manual', label: 'Own resolver', description: '' };

export const DEFAULT_ROUTE = 'eager';

export function isRoute(id: string): boolean {
  return ROUTES.some((route) => route.id === id);
}

/** The label of a route; routes that a newer server names are shown by their id. */
export function routeLabel(id: string): string {
  return [...COMPARED, MANUAL].find((route) => route.id === id)?.label ?? id;
}
