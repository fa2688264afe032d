/**
 * libclang's enumerators by name. The loaded library is asked for the spelling of each number, because numbers moved
 * between versions (TranslationUnit did in 15); a few spellings are prose and are turned into the enumerator's name.
 */

import type { NativeAddon } from './native.js';

const CURSOR_KINDS: Readonly<Record<string, string>> = {
  'preprocessing directive': 'PreprocessingDirective',
  'macro definition': 'MacroDefinition',
  'macro expansion': 'MacroExpansion',
  'inclusion directive': 'InclusionDirective',
  'asm label': 'AsmLabelAttr',
  GCCAsmStmt: 'AsmStmt',
  ModuleImport: 'ModuleImportDecl',
  'attribute(noduplicate)': 'NoDuplicateAttr',
  'attribute(flag_enum)': 'FlagEnum',
  'attribute(dllexport)': 'DLLExport',
  'attribute(dllimport)': 'DLLImport',
};

export class KindNames {
  private readonly cursors = new Map<number, string>();
  private readonly types = new Map<number, string>();

  constructor(
    private readonly addon: NativeAddon,
    private readonly library: number,
  ) {}

  ofCursor(kind: number): string {
    let name = this.cursors.get(kind);
    if (name === undefined) {
      name = cursorKindName(this.addon.cursorKindSpelling(this.library, kind)) || `Kind${kind}`;
      this.cursors.set(kind, name);
    }
    return name;
  }

  ofType(kind: number): string {
    let name = this.types.get(kind);
    if (name === undefined) {
      name = this.addon.typeKindSpelling(this.library, kind) || `Kind${kind}`;
      this.types.set(kind, name);
    }
    return name;
  }
}

/** `attribute(warn_unused)` is CXCursor_WarnUnusedAttr, and so on for the attributes C has. */
function cursorKindName(spelling: string): string {
  const known = CURSOR_KINDS[spelling];
  if (known !== undefined) return known;
  const attribute = /^attribute\((\w+)\)$/.exec(spelling)?.[1];
  if (attribute === undefined) return spelling;
  return `${attribute.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Attr`;
}
