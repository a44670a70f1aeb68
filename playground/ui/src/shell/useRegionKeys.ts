import { useEffect } from 'react';

/** The parts that F6 goes through, as in an editor or a browser. */
const REGIONS = [
  '.header :is(input:checked, button)',
  '.graphiql-query-editor .monaco-editor textarea',
  '.graphiql-editor-tool .graphiql-editor:not(.hidden) .monaco-editor textarea',
  '.graphiql-response .monaco-editor textarea',
  '#panel [role="tab"][aria-selected="true"]',
];

/**
 * Ctrl-Enter runs the query from anywhere, F6 and Shift-F6 move between the parts.
 * Inside an editor the Tab key indents, so there must be another way out.
 */
export function useRegionKeys(run: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'F6') {
        event.preventDefault();
        focusNextRegion(event.shiftKey ? -1 : 1);
      } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        const inEditor = event.target instanceof Element && event.target.closest('.monaco-editor');
        // The editors run it themselves, and know the operation at the cursor.
        if (!inEditor) run();
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => {
      window.removeEventListener('keydown', onKeyDown);
    };
  }, [run]);
}

function focusNextRegion(step: 1 | -1): void {
  const targets = REGIONS.map((selector) => document.querySelector<HTMLElement>(selector)).filter(
    (element) => element?.checkVisibility(),
  );
  const current = targets.findIndex((element) =>
    regionOf(element)?.contains(document.activeElement),
  );
  const next = current === -1 && step === -1 ? targets.length - 1 : current + step;
  targets[(next + targets.length) % targets.length]?.focus();
}

function regionOf(element: Element | null | undefined): Element | null {
  return element?.closest('.header, .graphiql-editor, #panel') ?? null;
}
