/**
 * What operations take for a file.
 */
import type { OwnedDescriptor } from '../handles/owned-descriptor.js';
import type { DirectDescriptor } from '../resources/direct-descriptor.js';

/** Where the kernel knows no direct ones: a number, or a handle that owns one. */
export type OrdinaryDescriptor = number | OwnedDescriptor;

/** A descriptor's number, a handle that owns one, or a direct descriptor of the ring. */
export type Descriptor = OrdinaryDescriptor | DirectDescriptor;
