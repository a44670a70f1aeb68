import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider } from '@graphiql/react';
import { useEffect } from 'react';

import { fetcher } from './fetcher';
import { fromHash } from './share';
import { Shell } from './shell/Shell';
import { checkHealth, loadExamples, usePlayground } from './store';

const PLUGINS = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

/** What a first visitor finds in the editor; the gallery holds more. */
const FIRST_QUERY = `# Ctrl-Enter runs the query.
query FirstLook {
  posts(limit: 5) {
    title
    author {
      username
    }
    tags {
      name
    }
  }
}
`;

const shared = fromHash(window.location.hash);
if (shared) {
  const { route, strict, viewer } = shared;
  usePlayground.setState({ route, strict, viewer });
}

const initial = shared && { initialQuery: shared.query, initialVariables: shared.variables };

export function App() {
  useEffect(() => {
    void checkHealth();
    void loadExamples();
  }, []);

  return (
    <GraphiQLProvider
      {...initial}
      defaultQuery={FIRST_QUERY}
      fetcher={fetcher}
      plugins={PLUGINS}
      referencePlugin={DOC_EXPLORER_PLUGIN}
    >
      <HistoryStore>
        <DocExplorerStore>
          <Shell />
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}
