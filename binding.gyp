{
  "target_defaults": {
    "cflags_cc": ["-std=c++17", "-Wall", "-Wextra", "-Werror=return-type", "-fvisibility=hidden", "-fno-exceptions", "-O2"],
    "cflags_cc!": ["-fno-rtti"],
    "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
    "defines": ["NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
    "ldflags": ["-Wl,-z,nodelete"]
  },
  "targets": [
    {
      "target_name": "ringsmith",
      "include_dirs": ["runtime/native", "generated/native"],
      "sources": [
        "<!@(node -p \"require('fs').readdirSync('runtime/native').filter(f=>f.endsWith('.cc')).map(f=>'runtime/native/'+f).join(' ')\")",
        "generated/native/encoders.cc"
      ]
    },
    {
      "target_name": "ringsmith_clang",
      "sources": ["<!@(node -p \"require('fs').readdirSync('generator/clang/native').filter(f=>f.endsWith('.cc')).map(f=>'generator/clang/native/'+f).join(' ')\")"],
      "libraries": ["-ldl"]
    },
    {
      "target_name": "ringsmith_exchange",
      "sources": ["generator/emit/native/exchange.cc"]
    }
  ]
}
