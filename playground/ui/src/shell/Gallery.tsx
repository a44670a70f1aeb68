import type { RefObject } from 'react';

import type { Example } from '../api/client';
import { routeLabel } from '../api/routes';
import { viewerLabel } from '../api/viewers';
import { Prose } from '../Prose';
import { loadExamples, usePlayground } from '../store';
import { Icon } from './Icon';
import type { Opened } from './useEditorSession';

interface GalleryProps {
  dialog: RefObject<HTMLDialogElement | null>;
  onOpen: (opened: Opened) => void;
}

/** The example queries, each of which shows one feature. */
export function Gallery({ dialog, onOpen }: GalleryProps) {
  const examples = usePlayground((state) => state.examples);
  const failure = usePlayground((state) => state.examplesFailure);
  const close = () => dialog.current?.close();

  return (
    <dialog
      ref={dialog}
      className="gallery"
      aria-labelledby="gallery-title"
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div className="gallery-body">
        <div className="gallery-header">
          <h2 id="gallery-title">Examples</h2>
          <button type="button" className="button button-icon" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </div>
        <p className="gallery-lead">Each opens in a tab of its own and runs; one that writes waits for you.</p>
        {failure && (
          <div className="notice notice-error" role="alert">
            <p>{failure}</p>
            <button type="button" className="button" onClick={() => void loadExamples()}>
              Try again
            </button>
          </div>
        )}
        {examples?.length === 0 && <p className="notice">This server offers no examples.</p>}
        <ul className="gallery-list">
          {examples?.map((example) => (
            <li key={example.id}>
              <ExampleCard
                example={example}
                onOpen={() => {
                  close();
                  onOpen(toOpened(example));
                }}
              />
            </li>
          ))}
        </ul>
      </div>
    </dialog>
  );
}

export function toOpened({ query, variables, route, viewer }: Example): Opened {
  const hasVariables = variables && Object.keys(variables).length > 0;
  return {
    query,
    variables: hasVariables ? JSON.stringify(variables, null, 2) : '',
    route: route ?? null,
    viewer: viewer ?? null,
  };
}

function ExampleCard({ example, onOpen }: { example: Example; onOpen: () => void }) {
  const { title, description, query, route, viewer } = example;
  return (
    <button type="button" className="example" onClick={onOpen}>
      <span className="example-title">
        {title}
        {route && (
          <span className="badge" data-route={route}>
            {routeLabel(route)}
          </span>
        )}
        {viewer && <span className="badge">{viewerLabel(viewer)}</span>}
      </span>
      <span className="example-description">
        <Prose text={description} />
      </span>
      <code className="example-query" aria-hidden="true">
        {query.trim()}
      </code>
    </button>
  );
}
