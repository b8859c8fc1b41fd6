import type { BoundedScaleOptions, ScaleOptions } from '@observablehq/plot';
import type { Extent, Measure } from './measures.js';

const HOURS_A_DAY = 24;
/** Up to here people count hours, above it days. */
const MAX_HOURS = 48;
const STEPS = [0.1, 0.25, 0.5, 1, 2, 3, 6, 12] as const;
/** The narrowest plot has room for so many labels below. */
const MAX_TICKS = 8;

/** The horizontal axis. */
export interface TimeAxis {
  /** Hours to what the axis counts. */
  readonly of: (hour: number) => number;
  /** Its unit. */
  readonly unit: string;
  readonly options: ScaleOptions;
}

/** The time axis of a life of so many hours. */
export function timeAxis(hours: number): TimeAxis {
  const unit = hours > MAX_HOURS ? HOURS_A_DAY : 1;
  const end = hours / unit;
  const step = STEPS.find((candidate) => (unit === 1 || candidate >= 1) && end / candidate <= MAX_TICKS);
  return {
    of: (hour) => hour / unit,
    unit: unit === 1 ? 'hours' : 'days',
    options: {
      domain: [0, end],
      ticks: ticksTo(end, step ?? niceStep(end, MAX_TICKS)),
      tickFormat: numberText,
      label: null,
    },
  };
}

const MAX_VALUE_TICKS = 5;
/** Powers of ten are no help below. */
const LOGARITHMIC_FROM = 10;
/** With more powers of ten there is no room for 1 beside 0. */
const POWERS_BESIDE_ONE = 3;
const PERCENT = 100;

/**
 * The vertical axis of a measure.
 *
 * @param measure - what is shown; shares are to be drawn as per cent, see {@link axisValue}
 * @param extent - what has to have room
 * @param range - the places of its ends, from below
 */
export function valueAxis(measure: Measure, extent: Extent, range: readonly [number, number]): BoundedScaleOptions {
  const top = axisValue(measure, Math.max(extent.top, measure.leastTop));
  const bottom = axisValue(measure, extent.bottom);
  const shared = { range, tickFormat: numberText, label: null, grid: true, tickSize: 0, clamp: true } as const;
  if (measure.kind === 'count' && extent.isWide && top >= LOGARITHMIC_FROM) {
    const powers = Array.from({ length: Math.ceil(Math.log10(top)) }, (_, index) => 10 ** (index + 1));
    const ticks = [0, ...(powers.length <= POWERS_BESIDE_ONE ? [1] : []), ...powers];
    return { ...shared, type: 'symlog', domain: [0, powers.at(-1) ?? top], ticks };
  }
  const step = niceStep(top - bottom, MAX_VALUE_TICKS);
  const ticks = ticksTo(Math.ceil((top - bottom) / step - ROUNDING) * step, step).map((tick) => bottom + tick);
  return { ...shared, type: 'linear', domain: [bottom, ticks.at(-1) ?? top], ticks };
}

/** What the axis says, with its unit and, if it is no plain one, how it runs. */
export function axisText(measure: Measure, { type, domain: [bottom] }: BoundedScaleOptions): string {
  if (type === 'symlog') return `${measure.axis}, logarithmic`;
  return bottom > 0 ? `${measure.axis}, axis from ${bottom} %` : measure.axis;
}

/** A value as the axis counts it. */
export function axisValue({ kind }: Measure, value: number): number {
  return kind === 'share' ? PERCENT * value : value;
}

const ROUNDING = 1e-9;

/** The least of 1, 2 and 5 times a power of ten that needs no more ticks. */
export function niceStep(end: number, most: number): number {
  const power = 10 ** Math.floor(Math.log10(end / most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => end / step <= most + ROUNDING) ?? end;
}

/** All whole steps from 0. */
export function ticksTo(end: number, step: number): number[] {
  return Array.from({ length: Math.floor(end / step + ROUNDING) + 1 }, (_, index) => index * step);
}

const NUMBER = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 });
/** From here on there is no room for all digits. */
const MILLION = 1_000_000;

/** A number beside an axis. */
export function numberText(value: number): string {
  return value < MILLION ? NUMBER.format(value) : `${NUMBER.format(value / MILLION)} M`;
}
