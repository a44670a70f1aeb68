import { useEffect } from 'react';

import { checkHealth, usePlayground } from '../store';

/** How often a lost server is asked whether it is back, in milliseconds. */
const RETRY = 2000;

interface BannerProps {
  /** Called when a lost server answers again. */
  onBack: () => void;
}

/** What is wrong with the server as a whole, above everything else. */
export function Banner({ onBack }: BannerProps) {
  const connection = usePlayground((state) => state.connection);
  const health = usePlayground((state) => state.health);
  const lost = connection === 'lost';

  useEffect(() => {
    if (!lost) return;
    const timer = window.setInterval(() => {
      void checkHealth().then((back) => {
        if (back) onBack();
      });
    }, RETRY);
    return () => {
      window.clearInterval(timer);
    };
  }, [lost, onBack]);

  if (lost) {
    return (
      <div className="banner banner-error" role="alert">
        <strong>Connection lost.</strong> The playground’s server does not answer. Start it again (
        <code>hatch run serve</code>): this page keeps trying, and what you typed stays here.
      </div>
    );
  }
  if (health?.status === 'unavailable') {
    return (
      <div className="banner banner-error" role="alert">
        <strong>The database does not answer.</strong> {health.problem}
      </div>
    );
  }
  if (health?.status === 'foreign') {
    return (
      <div className="banner banner-warning" role="alert">
        <strong>The database holds no blog.</strong> It has tables, and not those of the playground,
        which makes its own when it starts: restart it, or check the <code>--database</code> that it
        was given.
      </div>
    );
  }
  if (health?.status === 'empty') {
    return (
      <div className="banner banner-warning" role="alert">
        <strong>The database is empty.</strong> Queries are answered, with empty lists. The
        playground seeds an empty database when it starts: restart it, or check the{' '}
        <code>--database</code> that it was given.
      </div>
    );
  }
  return null;
}
