import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { timeAxis, valueAxis } from '../../simulate/plots/axes.js';
import { draw } from '../../simulate/plots/draw.js';
import { spread } from '../../simulate/plots/labels.js';
import { extentOf, MEASURES, type Measure } from '../../simulate/plots/measures.js';
import { standAloneSvg } from '../../simulate/plots/svg.js';
import type { SimulationSample } from '../../src/testing/simulation/result.js';
import { resultOf, runOf, sampleOf } from './lives.js';

function measure(id: string): Measure {
  const found = MEASURES.find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

/** A run with a sample an hour. */
function hourly(...samples: Partial<SimulationSample>[]) {
  const all = samples.map((given, index) => sampleOf({ hour: index + 1, ...given }));
  return runOf('default', resultOf({ samples: all }), { hours: samples.length });
}

describe('measures', () => {
  it('are shares of what was asked, and rates a minute', () => {
    const counted = { toCapable: 100, encrypted: 90, oracle: 95, probes: 120, failedQueries: 30, hopeless: 60 };
    const run = hourly({ ...counted, clearToGood: { hedge: 10 } });
    const values = MEASURES.map(({ id, series }) => [
      id,
      series(run).map(({ name, points }) => [name, points[0]?.value]),
    ]);
    expect(Object.fromEntries(values)).toEqual({
      encrypted: [...[['encrypted', 0.9]], ['oracle', 0.95]],
      probes: [['probes', 2]],
      endpoints: [...[['Good', 0]], ['Bad', 0], ['Unknown', 0]],
      clear: [['hedge', 0.1]],
      failed: [...[['failed', 0.5]], ['hopeless', 1]],
    });
  });

  it('count a minute from the sample before', () => {
    const run = hourly({ probes: 60 }, { probes: 60 });
    const late = sampleOf({ hour: 2.5, probes: 60 });
    const more = { ...run, result: resultOf({ samples: [...run.result.samples, late] }) };
    expect(
      measure('probes')
        .series(more)[0]
        ?.points.map(({ value }) => value),
    ).toEqual([1, 1, 2]);
  });

  it('give a reason the same look in every run', () => {
    const looks = [hourly({ clearToGood: { hedge: 1 } }), hourly({ clearToGood: { churn: 1, hedge: 1 } })].map((run) =>
      measure('clear')
        .series(run)
        .find(({ name }) => name === 'hedge'),
    );
    expect(looks.map((series) => series?.look)).toEqual([0, 0]);
  });
});

describe('axes', () => {
  it('begin near the top where nearly all is there, and show it', () => {
    const good = hourly(...Array.from({ length: 40 }, () => ({ toCapable: 1_000, encrypted: 996, oracle: 1_000 })));
    expect(valueAxis(measure('encrypted'), extentOf(measure('encrypted'), [good]), [0, 1]).domain).toEqual([98, 100]);
    const mixed = hourly(
      { toCapable: 100, encrypted: 20, oracle: 100 },
      { toCapable: 100, encrypted: 99, oracle: 100 },
    );
    expect(valueAxis(measure('encrypted'), extentOf(measure('encrypted'), [mixed]), [0, 1]).domain).toEqual([0, 100]);
  });

  it('show all of a line that lies low, whatever the others do', () => {
    const line = (encrypted: number) => {
      return hourly(...Array.from({ length: 40 }, () => ({ toCapable: 1_000, encrypted, oracle: 1_000 })));
    };
    const runs = [line(999), line(999), line(999), line(600)];
    expect(extentOf(measure('encrypted'), runs)).toEqual({ bottom: 0.5, top: 1, isWide: false });
  });

  it('are logarithmic where a plain one would crush most of what there is', () => {
    const quiet = Array.from({ length: 20 }, () => ({ probes: 60 }));
    const axis = (...probes: number[]) => {
      const run = hourly(...probes.map((count) => ({ probes: count * 60 })), ...quiet);
      return valueAxis(measure('probes'), extentOf(measure('probes'), [run]), [0, 1]);
    };
    expect(axis(40)).toMatchObject({ type: 'linear', domain: [0, 40], ticks: [0, 10, 20, 30, 40] });
    expect(axis(400)).toMatchObject({ type: 'symlog', domain: [0, 1_000], ticks: [0, 1, 10, 100, 1_000] });
    expect(axis(4_000)).toMatchObject({ type: 'symlog', domain: [0, 10_000], ticks: [0, 10, 100, 1_000, 10_000] });
  });

  it('are so where one of two lines crushes the other, whatever a third does', () => {
    const axis = (good: number) => {
      const run = hourly({ good, bad: 20_000, unknown: 20_000 }, { good, bad: 20_000 }, { good, bad: 20_000 });
      return valueAxis(measure('endpoints'), extentOf(measure('endpoints'), [run]), [0, 1]).type;
    };
    expect([axis(200), axis(4_000)]).toEqual(['symlog', 'linear']);
  });

  it.each([
    [0.5, 'hours', [0, 0.1, 0.2, 0.3, 0.4, 0.5]],
    [6, 'hours', [0, 1, 2, 3, 4, 5, 6]],
    [24, 'hours', [0, 3, 6, 9, 12, 15, 18, 21, 24]],
    [168, 'days', [0, 1, 2, 3, 4, 5, 6, 7]],
    [8_760, 'days', [0, 50, 100, 150, 200, 250, 300, 350]],
  ])('count a life of %s hours in %s', (hours, unit, ticks) => {
    const axis = timeAxis(hours);
    expect(axis.unit).toBe(unit);
    expect(axis.options.ticks?.map((tick) => Number(tick.toFixed(6)))).toEqual(ticks);
  });
});

describe('names of lines', () => {
  const places = (...given: number[]) => {
    const labels = given.map((place, look) => ({ name: `${look}`, look, place }));
    return spread(labels, 15, 200).map(({ name, place }) => [name, place]);
  };

  it('stay where they are if they are far enough apart', () => {
    expect(places(100, 50)).toEqual([...[['1', 50]], ['0', 100]]);
  });

  it('move apart, and not below the axis', () => {
    expect(places(100, 100, 110)).toEqual([...[['0', 100]], ['1', 115], ['2', 130]]);
    expect(places(200, 200, 199)).toEqual([...[['2', 170]], ['0', 185], ['1', 200]]);
  });
});

describe('drawings', () => {
  const run = hourly({ probes: 60, good: 5 }, { probes: 6_000, good: 70 }, { probes: 0, good: 60 });

  it('tell in words what they show', () => {
    expect(draw(measure('probes'), run)).toMatchObject({
      title: 'Probes, policy default',
      description: 'probes: from 0 to 100, at the end 0.',
    });
    expect(draw(measure('encrypted'), run).description).toBe(
      'encrypted: nothing was measured. oracle: nothing was measured.',
    );
    expect(draw(measure('clear'), run).description).toBe('none at any time.');
  });

  it('say in the middle that nothing ever happened', () => {
    expect(draw(measure('failed'), run).content).toContain('every query was answered');
  });

  it('name each line, dash them differently and mark them with different symbols', () => {
    const { document } = parseHTML(`<svg>${draw(measure('endpoints'), run).content}</svg>`);
    const words = [...document.querySelectorAll('text')].map(({ textContent }) => textContent);
    expect(words).toEqual(expect.arrayContaining(['Good', 'Bad', 'Unknown', 'endpoints', 'hours']));
    const dashes = [...document.querySelectorAll('[aria-label="line"]')].map((line) =>
      line.getAttribute('stroke-dasharray'),
    );
    expect(new Set(dashes).size).toBe(3);
    const symbols = [...document.querySelectorAll('[aria-label="dot"]')].map((dots) =>
      dots.querySelector('path, circle'),
    );
    expect(new Set(symbols.map((one) => one?.getAttribute('d'))).size).toBe(3);
  });

  it('take thousands apart', () => {
    const shown = (good: number) => draw(measure('endpoints'), hourly({ good })).content;
    expect(shown(100_000)).toContain('>100,000<');
    expect(shown(2_000_000)).toContain('>1.5 M<');
  });

  it('stand alone as files, with their own colours for light and dark', () => {
    const svg = standAloneSvg(draw(measure('probes'), run));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('<title id="title">Probes, policy default</title>');
    expect(svg.match(/https?:\/\/[^"]+/g)).toEqual(['http://www.w3.org/2000/svg']);
  });
});
