import { parseHTML, type VirtualDocument } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { markup } from '../../simulate/markup.js';
import { pageOf } from '../../simulate/page/page.js';
import type { Run } from '../../simulate/run.js';
import { resultOf, runOf, sampleOf } from './lives.js';

const HOSTILE = '<script>alert("1")</script>&\'';

function lifeOf(policy: string, fleet: string, reason: string): Run {
  const counted = { queries: 9_000, toCapable: 4_000, encrypted: 3_990, oracle: 3_999, clearToGood: { [reason]: 7 } };
  const samples = [1, 2, 3].map((hour) => sampleOf({ hour, ...counted, good: 10 * hour, probes: hour }));
  return runOf(policy, resultOf({ total: counted, samples }), { fleet, hours: 3 });
}

function documentOf(runs: readonly Run[]): VirtualDocument {
  return parseHTML(pageOf(runs)).document;
}

const one = documentOf([lifeOf('default', '2030', 'hedge')]);
const several = documentOf(['default', 'powerdns'].map((policy) => lifeOf(policy, '2030', 'hedge')));

describe('the page', () => {
  it('says what was simulated, and has the table', () => {
    expect(one.querySelector('main')?.textContent).toContain(
      'Fleet 2030: 1,000 servers, 100 queries a second, 3 hours',
    );
    const rows = [...one.querySelectorAll('tbody tr')].map((row) => row.textContent.replaceAll(/\s+/g, ' ').trim());
    expect(rows).toContain('queries9,000');
    expect(rows).toContain('hedge7');
  });

  it.each([
    ['one policy', one, 5],
    ['several', several, 10],
  ])('has a plot a measure and policy, each with a title and words of its own: %s', (_, document, count) => {
    const plots = [...document.querySelectorAll('svg[role="img"]')];
    expect(plots).toHaveLength(count);
    const named = plots.map((plot) => {
      const ids = plot.getAttribute('aria-labelledby')?.split(' ') ?? [];
      return ids.map((id) => plot.querySelector(`#${id}`)?.textContent ?? '').filter((words) => words.length > 0);
    });
    expect(named.every((words) => words.length === 2)).toBe(true);
    expect(new Set(named.map(([title]) => title)).size).toBe(count);
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.getAttribute('id'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says where one server can be watched', () => {
    const [command] = [...one.querySelectorAll('code')].map(({ textContent }) => textContent);
    expect(command).toBe('npm run site -- --open');
  });

  it('compares policies measure by measure', () => {
    const headings = [...several.querySelectorAll('h2')].map(({ textContent }) => textContent);
    expect(headings).toHaveLength(5);
    const captions = [...several.querySelectorAll('figcaption')].map(({ textContent }) => textContent);
    expect(captions.slice(0, 3)).toEqual(['default', 'powerdns', 'default']);
  });

  it('has no script and nothing from elsewhere', () => {
    const html = pageOf([lifeOf('default', '2030', 'hedge')]);
    expect([...one.querySelectorAll('script, link, img, iframe, object, embed, [src], [href]')]).toEqual([]);
    expect(html).not.toMatch(/https?:|@import|url\(/);
    const attributes = [...one.querySelectorAll('*')].flatMap((element) => [...element.attributes]);
    expect(attributes.filter(({ name }) => name.startsWith('on'))).toEqual([]);
  });

  it('is light and dark, and fits a phone', () => {
    const style = one.querySelector('style')?.textContent;
    expect(style).toContain('prefers-color-scheme: dark');
    expect(one.querySelector('meta[name="viewport"]')?.getAttribute('content')).toContain('width=device-width');
    expect(one.querySelector('.scroll[tabindex="0"] table')).not.toBeNull();
  });

  it('escapes every text', () => {
    const runs = [lifeOf(HOSTILE, HOSTILE, HOSTILE), lifeOf('default', HOSTILE, HOSTILE)];
    for (const some of [runs, runs.slice(0, 1)]) {
      const document = documentOf(some);
      expect([...document.querySelectorAll('script')]).toEqual([]);
      expect(document.querySelector('main p')?.textContent).toContain(`Fleet ${HOSTILE}: 1,000 servers`);
      expect(document.querySelector('thead th')?.textContent).toBe(HOSTILE);
      expect([...document.querySelectorAll('svg text')].map(({ textContent }) => textContent)).toContain(HOSTILE);
      expect(document.querySelector('svg title')?.textContent).toContain(HOSTILE);
    }
  });
});

it('escapes values of templates, not their own text or markup in them', () => {
  const bold = markup`<b>${'<&>'}</b>`;
  expect(markup`<p title="${'"\''}">${bold}${[bold, bold]}${7}</p>`.text).toBe(
    '<p title="&quot;&#39;"><b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b><b>&lt;&amp;&gt;</b>7</p>',
  );
});
