const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What stands where there is no number. */
const NOTHING = '–';
const GROUPED = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
/** Below this many per cent two decimals would tell too little. */
const SMALL = 1;

/** A count, with a comma between thousands. */
export function countText(value: number): string {
  return GROUPED.format(value);
}

/** A part of 1 as per cent. Only all of it is 100 %: what is missing may be what the reader looks for. */
export function percentText(share: number | null): string {
  if (share === null) return NOTHING;
  const percent = 100 * share;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 100 && percent >= 99.995) return '> 99.99 %';
  return `${percent < SMALL ? Number(percent.toPrecision(2)) : percent.toFixed(2)} %`;
}

/** Milliseconds. */
export function millisecondsText(ms: number | null): string {
  return ms === null ? NOTHING : `${TENTHS.format(ms)} ms`;
}

/** Seconds, in the units in which people say them. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return NOTHING;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${TENTHS.format(seconds)} s`;
  if (whole < HOUR) return pair(whole, MINUTE, 'min', 1, 's');
  if (whole < 2 * DAY) return pair(whole, HOUR, 'h', MINUTE, 'min');
  return pair(whole, DAY, 'd', HOUR, 'h');
}

/** Hours, in the same units; whole days as days. */
export function hoursText(hours: number): string {
  if (hours % 24 === 0 && hours > 24) return `${hours / 24} days`;
  return `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
}

function pair(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const units = Math.floor((Math.round(seconds / small) * small) / large);
  const rest = Math.round((seconds - units * large) / small);
  return `${units} ${largeUnit}${rest > 0 ? ` ${rest} ${smallUnit}` : ''}`;
}
