import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/tasks.css';
import './styles/clips.css';
import './styles/dialog.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has a root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
