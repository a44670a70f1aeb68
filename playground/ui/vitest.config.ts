import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A test that needs a page asks for jsdom, which takes a second, in its first line.
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}'],
    // Nothing here waits, but a machine that does much else may have little time for it.
    testTimeout: 60_000,
  },
});
