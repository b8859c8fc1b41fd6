import { defineConfig } from 'vitest/config';

const shared = { setupFiles: ['test/setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'json-summary', 'text'] },
    projects: [
      { test: { ...shared, name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/real/**', 'test/e2e/**'] } },
      { test: { ...shared, name: 'real', include: ['test/real/**/*.test.ts', 'test/e2e/**/*.test.ts'], fileParallelism: false } },
    ],
  },
});
