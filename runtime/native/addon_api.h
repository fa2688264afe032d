// node-addon-api as every file of this addon must include it.
#pragma once

#if !((defined(__x86_64__) && !defined(__ILP32__)) || \
      (defined(__aarch64__) && !defined(__ILP32__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__))
#error "ringsmith is for x86-64 and arm64 only: other machines have other values of the kernel's constants and records"
#endif

// In a worker that is being terminated every call that could run JavaScript fails, and no exception can be thrown for
// it. Without this definition node-addon-api then ends the whole process. With it the failed call returns an empty
// value, so whatever is read from JavaScript must be checked before it counts.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS

#include <napi.h>
