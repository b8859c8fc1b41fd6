import { expect, test } from 'vitest';
import { versionOf } from '../../packages/dot-conformance/src/resolvers/version.js';
import { NotInstalled, Place } from '../../tools/place.js';

test.each([
  ['is there and does not run', 'false', 'false of some-package does not run'],
  ['is not there', 'no-such-program', 'not installed: some-package'],
])('a program that %s is not installed: others are tried all the same', async (_, name, words) => {
  const error = await versionOf(new Place(), name, 'some-package').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotInstalled);
  expect(error).toMatchObject({ message: words });
});
