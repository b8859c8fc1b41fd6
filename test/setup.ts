import { beforeEach, expect } from 'vitest';

// A test that asserts nothing is a defect.
beforeEach(() => {
  expect.hasAssertions();
});
