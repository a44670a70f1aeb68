import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';

import { isRepeatable } from '../operations';
import { fromHash, toHash } from '../share';
import { usePlayground } from '../store';
import { changedVariables } from './variables';

const EDITOR_OPTIONS = {
  // GraphiQL's own size is for two columns, not three.
  fontSize: 13,
  // The number of the last line is dimmed beyond reading otherwise.
  renderFinalNewline: 'on',
  // A French apostrophe in an answer is no attack.
  unicodeHighlight: { ambiguousCharacters: false },
} as const;

/** What is loaded into the editor at once: an example, or a link. */
export interface Opened {
  query: string;
  variables: string;
  route: string | null;
  viewer: string | null;
}

export interface EditorSession {
  run: () => void;
  /** Run again what the tab in front ran last, if it was a query: after a change of route. */
  rerun: () => void;
  /** Run what is in the editor with some of its variables changed: another page. */
  runWith: (changes: Record<string, unknown>) => void;
  /** Open an example in a tab of its own, unless one holds it already, and run it if it is a query. */
  openAndRun: (opened: Opened) => void;
  introspect: () => void;
  shareLink: () => string;
}

/** The tie between GraphiQL's editors, the address bar and the panel. */
export function useEditorSession(): EditorSession {
  const actions = useGraphiQLActions();
  const { tabs, activeTabIndex, ...editors } = useGraphiQL(
    pick(
      'tabs',
      'activeTabIndex',
      'queryEditor',
      'variableEditor',
      'headerEditor',
      'responseEditor',
    ),
  );
  const { queryEditor, variableEditor, headerEditor, responseEditor } = editors;
  const route = usePlayground((state) => state.route);
  const strict = usePlayground((state) => state.strict);
  const viewer = usePlayground((state) => state.viewer);
  const tab = tabs[activeTabIndex];
  const tabId = tab?.id ?? '';
  const query = tab?.query ?? '';
  const variables = tab?.variables ?? '';

  useEffect(() => {
    for (const editor of [queryEditor, variableEditor, headerEditor, responseEditor]) {
      editor?.updateOptions(EDITOR_OPTIONS);
    }
  }, [queryEditor, variableEditor, headerEditor, responseEditor]);

  useEffect(() => {
    usePlayground.setState({ tabId });
    // Of many tabs, the one in front is in sight.
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest' });
  }, [tabId]);

  // The address bar always holds the link to what is on the page; replacing it does not
  // add to the browser's history at each key press.
  useEffect(() => {
    if (query === '') return;
    const hash = toHash({ query, variables, route, strict, viewer });
    if (hash !== window.location.hash) window.history.replaceState(null, '', hash);
  }, [query, variables, route, strict, viewer]);

  const open = (opened: Opened) => {
    usePlayground.setState({ viewer: opened.viewer });
    if (opened.route) usePlayground.setState({ route: opened.route });
    const existing = tabs.findIndex(
      (each) => each.query === opened.query && (each.variables ?? '') === opened.variables,
    );
    if (existing === -1) {
      if (query !== '') actions.addTab();
      queryEditor?.setValue(opened.query);
      variableEditor?.setValue(opened.variables);
    } else if (existing !== activeTabIndex) {
      actions.changeTab(existing);
    }
  };

  useEffect(() => {
    const openLink = () => {
      const shared = fromHash(window.location.hash);
      if (!shared) return;
      usePlayground.setState({ strict: shared.strict });
      open(shared);
    };
    window.addEventListener('hashchange', openLink);
    return () => {
      window.removeEventListener('hashchange', openLink);
    };
  });

  // A tab that was opened just now is not GraphiQL's tab in front until the next render.
  const toRun = useRef<string | null>(null);
  const runOpened = () => {
    if (toRun.current === null || toRun.current !== query) return;
    toRun.current = null;
    actions.run();
  };
  useEffect(runOpened);

  return {
    run: () => {
      actions.run();
    },
    rerun: () => {
      const state = usePlayground.getState();
      if (state.exchanges[state.tabId]?.repeatable) actions.run();
    },
    runWith: (changes) => {
      variableEditor?.setValue(changedVariables(variables, changes));
      actions.run();
    },
    openAndRun: (opened) => {
      toRun.current = isRepeatable(opened.query, undefined) ? opened.query : null;
      open(opened);
      runOpened();
    },
    introspect: () => void actions.introspect(),
    shareLink: () => window.location.href,
  };
}
