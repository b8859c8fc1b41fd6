// Reads what the tests left in coverage/tests.json and exits 1 unless all of it ran: no test failed, was skipped or left
// to do, no title names two scenarios, and every scenario that must be shown was.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const range = (letter, ...spans) =>
  spans.flatMap(([from, to = from]) => Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`));
const REQUIRED = [...range('S', [1, 20]), ...range('P', [1, 19]), ...range('Q', [1, 44]), ...range('M', [1, 11])];
/** To be shown on real NSD and BIND too. */
const REQUIRED_REAL = [
  'P1',
  'P15',
  'P18',
  ...range('Q', [1, 4], [7], [13], [15], [18], [28], [30], [34]),
  'M1',
  'M4',
  'M9',
];
const ID = /\b[SPQM]\d{1,2}\b/g;

const report = JSON.parse(readFileSync(resolve(import.meta.dirname, '../coverage/tests.json'), 'utf8'));
const faults = [];
const shown = new Set();
const shownReal = new Set();
let passed = 0;
let failed = 0;

for (const file of report.testResults) {
  const isReal = /\/test\/(real|e2e)\//.test(file.name);
  if (file.status !== 'passed') faults.push(`${file.name}: ${file.status} ${file.message ?? ''}`);
  for (const { title, fullName, status } of file.assertionResults) {
    if (status === 'passed') passed++;
    else {
      failed++;
      faults.push(`${fullName}: ${status}`);
      continue;
    }
    const ids = title.match(ID) ?? [];
    if (new Set(ids).size > 1) faults.push(`${fullName}: names ${ids.join(' and ')}; one a title`);
    if (ids[0] !== undefined && title.startsWith(ids[0])) {
      shown.add(ids[0]);
      if (isReal) shownReal.add(ids[0]);
    }
  }
}
for (const id of REQUIRED) if (!shown.has(id)) faults.push(`${id}: no test of it ran`);
for (const id of REQUIRED_REAL) if (!shownReal.has(id)) faults.push(`${id}: no test of it ran on real servers`);

for (const fault of faults) console.error(fault);
console.log(`${shown.size} scenarios shown, ${shownReal.size} of them on real servers`);
console.log(`${passed} passed, ${failed} failed`);
if (faults.length > 0 || passed === 0) process.exit(1);
