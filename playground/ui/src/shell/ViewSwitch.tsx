import type { View } from '../store';
import { usePlayground } from '../store';

const VIEWS: { id: View; label: string }[] = [
  { id: 'query', label: 'Query' },
  { id: 'answer', label: 'Answer' },
  { id: 'panel', label: 'SQL' },
];

/** On a phone one part is shown at a time. */
export function ViewSwitch() {
  const view = usePlayground((state) => state.view);
  return (
    <nav className="view-switch" aria-label="Part of the page">
      {VIEWS.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          aria-current={view === id}
          onClick={() => {
            usePlayground.setState({ view: id });
          }}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}
