# How the native addons are compiled: those of a checkout, and the runtime's own in its package.
{
  "variables": {
    "addon_api%": "<!(node -p \"require('node-addon-api').include_dir\")"
  },
  "target_defaults": {
    "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-Werror=return-type", "-fvisibility=hidden", "-fno-exceptions", "-O2"],
    "cflags_cc!": ["-fno-rtti"],
    "include_dirs": ["<(addon_api)"],
    "defines": ["NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
    "ldflags": ["-Wl,-z,nodelete"]
  }
}
