/**
 * Renders templates, strictly: a name that the context lacks throws.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { packageRoot } from '../package-root.js';

const compiled = new Map<string, Handlebars.TemplateDelegate>();

/**
 * @param name file name under templates/, e.g. `abi.h.hbs`
 * @param options `escape` for HTML; code is never escaped
 */
export function render<Context extends object>(
  name: string,
  context: Context,
  options: { readonly escape?: boolean } = {},
): string {
  let template = compiled.get(name);
  if (template === undefined) {
    const text = readFileSync(join(packageRoot(), 'templates', name), 'utf8');
    template = Handlebars.compile(text, { noEscape: options.escape !== true, strict: true });
    compiled.set(name, template);
  }
  return template(context);
}
