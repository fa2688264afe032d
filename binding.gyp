{
  "includes": ["runtime/native/addon.gypi"],
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
