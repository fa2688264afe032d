// Tells the address of an ArrayBuffer's memory: what a binding without protection hands to the kernel. For tests that
// show what the protection is good for. Declares what it needs of Node-API itself, so that it compiles without headers.
#include <stddef.h>

typedef struct napi_env__* napi_env;
typedef struct napi_value__* napi_value;
typedef struct napi_callback_info__* napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);

int napi_get_cb_info(napi_env, napi_callback_info, size_t*, napi_value*, napi_value*, void**);
int napi_get_arraybuffer_info(napi_env, napi_value, void**, size_t*);
int napi_create_double(napi_env, double, napi_value*);
int napi_create_function(napi_env, const char*, size_t, napi_callback, void*, napi_value*);

static napi_value address_of(napi_env env, napi_callback_info info) {
  napi_value buffer = NULL;
  napi_value result = NULL;
  size_t count = 1;
  void* data = NULL;
  if (napi_get_cb_info(env, info, &count, &buffer, NULL, NULL) != 0) return NULL;
  if (napi_get_arraybuffer_info(env, buffer, &data, &count) != 0) return NULL;
  napi_create_double(env, (double)(size_t)data, &result);
  return result;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  (void)exports;
  napi_value function = NULL;
  napi_create_function(env, "addressOf", 9, address_of, NULL, &function);
  return function;
}
