// Bits of the word `flags`. The failure's phase and kind, and the probe's phase, are numbers in some of them.

export const verdict = 0b11;
export const phaseShift = 2;
export const phase = 0b1100;
/** The bit that the probe's phase has only in flight. */
export const inFlight = 0b1000;
export const missesShift = 4;
export const levelShift = 9;
export const formerlyGood = 0x4000;
export const answered = 0x8000;
export const controlled = 0x1_0000;
export const failurePhaseShift = 17;
export const failureKindShift = 19;
/** The history is the one change that the state implies. */
export const implied = 0x80_0000;
/** Used since eviction passed it over. */
export const used = 0x100_0000;
/** Something rare is remembered beside it: see `RowExtras`. */
export const extras = 0x200_0000;
/** On which network it was written, a number of six bits. */
export const epochShift = 26;
export const epoch = 0xfc00_0000;
