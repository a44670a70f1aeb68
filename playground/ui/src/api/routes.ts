/** A way in which the server can load what a query asks for. */
export interface Route {
  id: string;
  label: string;
  description: string;
}

/**
 * Every route that the switch offers and Compare runs, slowest first.
 * A further one (the compiled path) is one more entry, and a colour in styles/theme.css.
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
];

export const DEFAULT_ROUTE = 'eager';

export function isRoute(id: string): boolean {
  return ROUTES.some((route) => route.id === id);
}

/** The label of a route; routes that a newer server names are shown by their id. */
export function routeLabel(id: string): string {
  return ROUTES.find((route) => route.id === id)?.label ?? id;
}
