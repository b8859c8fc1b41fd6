import fc from 'fast-check';

// A score that hangs on the dice of the day is none; and nobody reads which events the shortest failure takes.
fc.configureGlobal({ seed: 9539, endOnFailure: true });
