/**
 * What we use of Observable Plot 0.6.17: its own declarations need those of D3 and of browsers' documents, and do not hold
 * under this project's compiler options.
 */
import type { VirtualDocument, VirtualElement } from './linkedom.js';

/** Something that is drawn; handed on as it is. */
export interface Mark {
  readonly data: unknown;
}

/** How values become places. */
export interface ScaleOptions {
  readonly type?: 'linear' | 'symlog' | undefined;
  readonly domain?: readonly [number, number] | undefined;
  readonly range?: readonly [number, number] | undefined;
  readonly ticks?: readonly number[] | undefined;
  readonly tickFormat?: ((value: number) => string) | undefined;
  readonly tickSize?: number | undefined;
  readonly label?: null | undefined;
  readonly clamp?: boolean | undefined;
  readonly grid?: boolean | undefined;
}

/** One whose ends are given. */
export interface BoundedScaleOptions extends ScaleOptions {
  readonly domain: readonly [number, number];
}

/** A scale to be used beside a plot. */
export interface Scale {
  apply(value: number): number;
  invert(place: number): number;
}

/** How a mark looks: a constant, or a function of what is drawn. */
export interface MarkOptions<T> {
  readonly x?: ((datum: T) => number) | undefined;
  readonly y?: ((datum: T) => number) | undefined;
  readonly text?: ((datum: T) => string) | undefined;
  readonly symbol?: string | undefined;
  readonly r?: number | undefined;
  readonly fill?: string | undefined;
  readonly stroke?: string | undefined;
  readonly strokeWidth?: number | undefined;
  readonly strokeDasharray?: string | undefined;
  readonly strokeLinejoin?: string | undefined;
  readonly fontWeight?: number | undefined;
  readonly fontSize?: number | undefined;
  readonly frameAnchor?: 'right' | 'middle' | 'bottom' | 'top-left' | undefined;
  readonly textAnchor?: 'start' | undefined;
  readonly dx?: number | undefined;
  readonly dy?: number | undefined;
}

/** A plot. */
export interface PlotOptions {
  readonly document: VirtualDocument;
  readonly width: number;
  readonly height: number;
  readonly marginTop: number;
  readonly marginRight: number;
  readonly marginBottom: number;
  readonly marginLeft: number;
  readonly x: ScaleOptions;
  readonly y: BoundedScaleOptions;
  readonly marks: readonly Mark[];
}

/** Draws. */
export function plot(options: PlotOptions): VirtualElement;
/** The scale that a plot with the same options would have. */
export function scale(options: { readonly y: BoundedScaleOptions }): Scale;
/** A line through points. */
export function line<T>(data: readonly T[], options: MarkOptions<T>): Mark;
/** A symbol at each point. */
export function dot<T>(data: readonly T[], options: MarkOptions<T>): Mark;
/** Words. */
export function text<T>(data: readonly T[], options: MarkOptions<T>): Mark;
/** A horizontal rule at each value. */
export function ruleY(data: readonly number[], options: MarkOptions<number>): Mark;
