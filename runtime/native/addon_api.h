// node-addon-api as every file of this addon must include it.
#pragma once

// In a worker that is being terminated every call that could run JavaScript fails, and no exception can be thrown for
// it. Without this definition node-addon-api then ends the whole process. With it the failed call returns an empty
// value, so whatever is read from JavaScript must be checked before it counts.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS

#include <napi.h>
