import { DEFAULT_ROUTE, isRoute } from './api/routes';
import { isViewer } from './api/viewers';

/** What a link holds. Request headers never are part of it: they may hold secrets. */
export interface Shared {
  query: string;
  variables: string;
  route: string;
  strict: boolean;
  viewer: string | null;
}

/** `#query=…&variables=…`, with the switches only where they are not the default. */
export function toHash(shared: Shared): string {
  const { query, variables, route, strict, viewer } = shared;
  const parts: [string, string][] = [['query', query]];
  if (variables.trim() !== '') parts.push(['variables', variables]);
  if (route !== DEFAULT_ROUTE) parts.push(['route', route]);
  if (strict) parts.push(['strict', 'true']);
  if (viewer !== null) parts.push(['viewer', viewer]);
  return `#${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}

/** The inverse of `toHash`; null for a hash that holds no query. */
export function fromHash(hash: string): Shared | null {
  // A plus sign is a plus sign here: URLSearchParams would read it as a space.
  const parts = new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'));
  const query = parts.get('query');
  if (query === null) return null;
  const route = parts.get('route') ?? DEFAULT_ROUTE;
  const viewer = parts.get('viewer');
  return {
    query,
    variables: parts.get('variables') ?? '',
    route: isRoute(route) ? route : DEFAULT_ROUTE,
    strict: parts.get('strict') === 'true',
    viewer: viewer !== null && isViewer(viewer) ? viewer : null,
  };
}
