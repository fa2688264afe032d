/**
 * The report formats by name, apart from what writes them: the command line offers them before it loads anything.
 */
export const COVERAGE_FORMAT_NAMES = ['table', 'json', 'markdown', 'junit', 'github', 'html'] as const;
export type CoverageFormat = (typeof COVERAGE_FORMAT_NAMES)[number];

export const DIFF_FORMAT_NAMES = ['table', 'json', 'markdown'] as const;
export type DiffFormat = (typeof DIFF_FORMAT_NAMES)[number];
