import type { ReactNode } from 'react';

/** A line of code as an element of its own: what does not fit is continued further in. */
export function CodeLine({ text, children = text }: { text: string; children?: ReactNode }) {
  const indent = text.length - text.trimStart().length;
  return (
    <span className="code-line" style={{ '--indent': `${indent + 4}ch` }}>
      {children}
      {'\n'}
    </span>
  );
}
