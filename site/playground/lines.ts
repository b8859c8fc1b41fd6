import { drawn } from './dom.js';

const WIDTH = 600;
const HEIGHT = 120;

/**
 * Draws two lines over time, the first solid, the second dashed.
 *
 * @param chart - where
 * @param lines - a value for each stretch of time; `NaN` where there is none
 * @param range - the values at the bottom and at the top
 * @param names - whose lines they are
 * @param text - a value, for those who do not see the chart
 */
export function drawLines(
  chart: SVGElement,
  lines: readonly (readonly number[])[],
  range: readonly [bottom: number, top: number],
  names: readonly string[],
  text: (value: number) => string,
): void {
  const stretches = Math.max(2, ...lines.map(({ length }) => length));
  const paths = lines.map((line, index) =>
    drawn('path', { class: `line ${index === 0 ? 'a' : 'b'}`, d: pathOf(line, stretches, range) }),
  );
  chart.setAttribute('viewBox', `0 -2 ${WIDTH} ${HEIGHT + 4}`);
  chart.replaceChildren(drawn('path', { class: 'axis', d: `M0 ${HEIGHT}H${WIDTH}M0 0H${WIDTH}` }), ...paths);
  const latest = lines.map((line, index) => `${names[index]}: ${text(line.at(-1) ?? Number.NaN)}`);
  chart.setAttribute('aria-label', `Latest, ${latest.join('; ')}`);
}

function pathOf(line: readonly number[], stretches: number, [bottom, top]: readonly [number, number]): string {
  let isDown = false;
  return line
    .map((value, index) => {
      const command = isDown ? 'L' : 'M';
      isDown = Number.isFinite(value);
      if (!isDown) return '';
      const x = (WIDTH * index) / (stretches - 1);
      return `${command}${x.toFixed(1)} ${(HEIGHT * (1 - (value - bottom) / (top - bottom))).toFixed(1)}`;
    })
    .join('');
}
