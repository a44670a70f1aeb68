import type { Fetcher, FetcherResult } from '@graphiql/toolkit';

import { execute } from './api/client';
import { withoutDebugInfo } from './api/debug';
import { knownOperation } from './operations';
import { run } from './store';

interface Observer {
  next: (result: FetcherResult) => void;
  error: (reason: unknown) => void;
  complete: () => void;
}

const INTROSPECTION = 'IntrospectionQuery';

/** GraphiQL's fetcher: what it shows is the answer alone, the panel takes the rest. */
export const fetcher: Fetcher = ({ query, variables, operationName }, options) => {
  const headers = stringValues(options?.headers);
  if (operationName === INTROSPECTION) {
    // As any tool would ask: it is not an operation of the user's to be measured.
    return execute({ query, operationName, headers }, null) as Promise<FetcherResult>;
  }
  const operation = {
    query,
    variables: variables as unknown,
    operationName: knownOperation(query, operationName),
    headers,
  };
  // An observable rather than a promise, because GraphiQL can stop only the former.
  return {
    subscribe({ next, error, complete }: Observer) {
      const abort = new AbortController();
      run(operation, abort.signal).then(
        (answer) => {
          if (abort.signal.aborted) return;
          next(withoutDebugInfo(answer) as FetcherResult);
          complete();
        },
        (reason: unknown) => {
          if (!abort.signal.aborted) error(withoutStack(reason));
        },
      );
      return {
        unsubscribe() {
          abort.abort();
        },
      };
    },
  };
};

function stringValues(headers: Record<string, unknown> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
}

/** GraphiQL prints an error with its stack, which tells its reader nothing. */
function withoutStack(reason: unknown): { message: string } {
  return { message: reason instanceof Error ? reason.message : String(reason) };
}
