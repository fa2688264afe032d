/**
 * What ships is bundled from the TypeScript sources: a process that imports a hundred modules spends most of its start on
 * finding and linking them. Types are tsc's. rolldown, because it reads TypeScript itself and vitest brings it anyway.
 */
import { defineConfig, type InputOptions } from 'rolldown';

/** How sources are read, whatever is made of them: their imports name `.js`, and packages stay imports. */
export const READING = {
  platform: 'node',
  // All but rolldown's own helpers for what Node 20 lacks, `using` for one.
  external: /^(?!@oxc-project\/)[\w@]/,
  transform: { target: 'node20' },
  resolve: { extensionAlias: { '.js': ['.ts'] } },
} as const satisfies InputOptions;

export default defineConfig({
  ...READING,
  // The entry points of package.json, and the programs.
  input: Object.fromEntries(
    [
      'generated/index',
      'generated/abi/index',
      'runtime/seam',
      'runtime/main',
      'generator/index',
      'generator/main',
    ].map((name) => [name, `${name}.ts`]),
  ),
  output: {
    dir: 'dist',
    sourcemap: true,
    // Documentation is in the declarations.
    comments: false,
    chunkFileNames: 'chunks/[name].js',
    // What several entry points use is in chunks that they share, so that every class exists once. All of the runtime is
    // in one, although the generator needs only parts of it: each further file costs every program a millisecond.
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        { name: 'runtime', test: /\/runtime\/(?!main\.ts|build-addon\.ts|doctor\/)|\/abi\/names\.ts$/ },
      ],
    },
  },
  // Constants are used without a look at the module they come from.
  optimization: { inlineConst: { mode: 'all' } },
  preserveEntrySignatures: 'allow-extension',
  logLevel: 'warn',
});
