/**
 * Monaco's workers as part of this build: without them it would look for them elsewhere.
 *
 * Inline, because it starts them when they are first needed, and the server may be gone by then.
 */
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker&inline';
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker&inline';
import GraphQLWorker from 'monaco-graphql/esm/graphql.worker.js?worker&inline';

const WORKERS: Record<string, new () => Worker> = { graphql: GraphQLWorker, json: JsonWorker };

self.MonacoEnvironment = {
  getWorker(_id: string, label: string) {
    return new (WORKERS[label] ?? EditorWorker)();
  },
};
