import './monaco-workers';
import 'graphiql/style.css';
import './styles/theme.css';
import './styles/graphiql.css';
import './styles/shell.css';
import './styles/panel.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root.');

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
