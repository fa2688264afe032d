/** The public names of the packages, a line each, so that a change shows as that line: entry, kind, name. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const DECLARED =
  /^export (?:declare )?(?:abstract )?(const|function|class|interface|type|enum|namespace) (\w+)/gm;
const LISTED = /^export (type )?\{([^}]*)\}/gms;
const STARS = /^export \* from '(\.[^']+)'/gm;

/** Names that a declaration file exports, those of files that it passes on among them. */
function names(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const declared = [...text.matchAll(DECLARED)].map(([, kind, name]) => `${kind} ${name}`);
  const listed = [...text.matchAll(LISTED)].flatMap(([, type, list]) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => {
        const isType = type !== undefined || item.startsWith('type ');
        return `${isType ? 'type' : 'value'} ${item
          .replace(/^type /, '')
          .split(' as ')
          .at(-1)}`;
      }),
  );
  const passed = [...text.matchAll(STARS)].flatMap(([, path]) =>
    names(resolve(dirname(file), path.replace(/\.js$/, '.d.ts')), seen),
  );
  return [...declared, ...listed, ...passed];
}

/** @param packages dist/packages/ */
export function apiReport(packages) {
  const lines = ['ringsmith', 'generator'].flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'));
    return Object.entries(exports)
      .filter(([, entry]) => entry.types !== undefined)
      .flatMap(([path, entry]) =>
        names(join(packages, folder, entry.types)).map((line) => `${join(name, path)} ${line}`),
      );
  });
  return `${[...new Set(lines)].sort().join('\n')}\n`;
}
