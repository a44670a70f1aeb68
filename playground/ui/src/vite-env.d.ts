/// <reference types="vite/client" />
import 'react';

declare module 'react' {
  interface CSSProperties {
    /** Columns that a line of SQL is indented by. */
    '--indent'?: string;
  }
}
