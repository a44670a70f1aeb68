import type { KeyboardEvent, PointerEvent } from 'react';
import { useEffect, useState } from 'react';

const STORAGE_KEY = 'playground:panelWidth';
const MINIMUM = 24;
const MAXIMUM = 70;
const USUAL = 36;

function storedWidth(): number {
  const stored = Number(localStorage.getItem(STORAGE_KEY));
  return stored >= MINIMUM && stored <= MAXIMUM ? stored : USUAL;
}

/** The bar between GraphiQL and the panel: drag it, or focus it and use the arrow keys. */
export function Splitter() {
  const [width, setWidth] = useState(storedWidth);

  useEffect(() => {
    document.documentElement.style.setProperty('--panel-width', `${width}%`);
    localStorage.setItem(STORAGE_KEY, String(width));
  }, [width]);

  const resize = (wanted: number) => {
    setWidth(Math.min(MAXIMUM, Math.max(MINIMUM, Math.round(wanted))));
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const workbench = event.currentTarget.parentElement?.getBoundingClientRect();
    if (!workbench || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    resize(((workbench.right - event.clientX) / workbench.width) * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: width + 2,
      ArrowRight: width - 2,
      Home: MAXIMUM,
      End: MINIMUM,
      Enter: USUAL,
    };
    const wanted = steps[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    resize(wanted);
  };

  return (
    <div
      className="splitter"
      role="separator"
      tabIndex={0}
      aria-controls="panel"
      aria-label="Width of the panel, in per cent"
      aria-orientation="vertical"
      aria-valuemin={MINIMUM}
      aria-valuemax={MAXIMUM}
      aria-valuenow={width}
      onDoubleClick={() => {
        resize(USUAL);
      }}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
    />
  );
}
