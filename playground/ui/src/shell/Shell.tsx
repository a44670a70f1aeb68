import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { useRef } from 'react';

import { Panel } from '../panel/Panel';
import { usePlayground } from '../store';
import { Banner } from './Banner';
import { Gallery } from './Gallery';
import { Header } from './Header';
import { Splitter } from './Splitter';
import { useAccessibleGraphiQL } from './useAccessibleGraphiQL';
import { useEditorSession } from './useEditorSession';
import { useRegionKeys } from './useRegionKeys';
import { ViewSwitch } from './ViewSwitch';

export function Shell() {
  const gallery = useRef<HTMLDialogElement>(null);
  const session = useEditorSession();
  const view = usePlayground((state) => state.view);
  const announcement = usePlayground((state) => state.announcement);
  useRegionKeys(session.run);
  useAccessibleGraphiQL();

  return (
    <div className="shell" data-view={view}>
      <a className="skip-link" href="#panel">
        Skip to the SQL of the answer
      </a>
      <Header
        onOpenGallery={() => gallery.current?.showModal()}
        onRouteChange={session.rerun}
        shareLink={session.shareLink}
      />
      <Banner onBack={session.introspect} />
      <ViewSwitch />
      <main className="workbench">
        <div className="workbench-editor">
          <GraphiQLInterface defaultEditorToolsVisibility>
            <GraphiQL.Logo>{null}</GraphiQL.Logo>
          </GraphiQLInterface>
        </div>
        <Splitter />
        <Panel
          onRun={session.run}
          onOpenGallery={() => gallery.current?.showModal()}
          onWalk={session.runWith}
        />
      </main>
      <Gallery dialog={gallery} onOpen={session.openAndRun} />
      <div className="visually-hidden" role="status">
        {announcement}
      </div>
    </div>
  );
}
