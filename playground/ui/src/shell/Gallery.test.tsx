// @vitest-environment jsdom
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { usePlayground } from '../store';
import { Gallery, toOpened } from './Gallery';

const example = {
  id: 'fallback',
  title: 'Fallback',
  description: 'A resolver of `Query.publishedPosts`.',
  query: '{ publishedPosts { title } }',
  variables: {},
  route: 'fallback',
};

test('an example is opened with its route, and the gallery closes', async () => {
  // jsdom opens no dialogs.
  const close = vi.fn();
  HTMLDialogElement.prototype.close = close;
  usePlayground.setState({ examples: [example] });
  const onOpen = vi.fn();
  const dialog = { current: document.createElement('dialog') };
  const { container } = render(<Gallery dialog={dialog} onOpen={onOpen} />);
  container.querySelector('dialog')?.setAttribute('open', '');

  expect(screen.getByText('Query.publishedPosts').tagName).toBe('CODE');
  await userEvent.click(screen.getByRole('button', { name: /^Fallback/ }));

  expect(onOpen).toHaveBeenCalledWith({ query: example.query, variables: '', route: 'fallback', viewer: null });
  expect(close).toHaveBeenCalledOnce();
});

test('variables are laid out, missing ones are empty', () => {
  expect(toOpened({ ...example, variables: { id: 1 } }).variables).toBe('{\n  "id": 1\n}');
  expect(toOpened({ ...example, variables: null }).variables).toBe('');
});
