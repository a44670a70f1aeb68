/**
 * Fail if an installed package has a licence that nobody has looked at.
 *
 * What ends up in the page must be permissive; tools that only run here may also be under
 * a weak copyleft. Usage: npm run licenses
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** Packages of which only the build or the tests make use: none of their code is in the page. */
const TOOLS_ONLY = {
  'MPL-2.0': ['axe-core', 'lightningcss', /^lightningcss-/],
  'CC-BY-4.0': ['caniuse-lite'],
};

/** An SPDX expression of AND and OR, read from left to right, without nesting. */
function isAllowed(license, name) {
  if (license.startsWith('(') && license.endsWith(')')) return isAllowed(license.slice(1, -1), name);
  if (license.includes(' OR ')) return license.split(' OR ').some((each) => isAllowed(each, name));
  if (license.includes(' AND ')) return license.split(' AND ').every((each) => isAllowed(each, name));
  return (
    PERMISSIVE.has(license) ||
    (TOOLS_ONLY[license] ?? []).some((tool) =>
      typeof tool === 'string' ? tool === name : tool.test(name),
    )
  );
}

function licenseOf({ license, licenses }) {
  if (typeof license === 'string') return license;
  if (Array.isArray(licenses)) return licenses.map((each) => each.type).join(' OR ');
  return license?.type ?? 'none given';
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const found = new Map();
const refused = [];

for (const [folder, entry] of Object.entries(packages)) {
  if (folder === '') continue;
  let manifest;
  try {
    manifest = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  } catch {
    // Another system's build of an optional package: the lock file knows its licence.
    manifest = entry;
  }
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const license = licenseOf(manifest);
  found.set(license, (found.get(license) ?? 0) + 1);
  if (!isAllowed(license, name)) refused.push(`${name} ${entry.version}: ${license}`);
}

for (const [license, number] of [...found].sort((a, b) => b[1] - a[1])) {
  console.log(`${String(number).padStart(5)}  ${license}`);
}
if (refused.length > 0) {
  console.error(`\nNot allowed by scripts/check-licenses.mjs:\n  ${refused.join('\n  ')}`);
  process.exit(1);
}
