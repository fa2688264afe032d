/**
 * Headers → facts: the public face of the parse stage.
 */
export type * from './facts.js';
export { DEFAULT_TARGET } from './header-input.js';
export { parseWithWhatFits } from './lenient.js';
export { type HeaderInput, parseHeader } from './parse-header.js';
export { isPartOfIoUring } from './scope.js';
