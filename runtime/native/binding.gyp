# The runtime's addon from its package's sources: npx ringsmith build
{
  "includes": ["addon.gypi"],
  "targets": [
    {
      "target_name": "ringsmith",
      "include_dirs": [".", "../../generated/native"],
      "sources": [
        "<!@(node -p \"require('fs').readdirSync('.').filter(f=>f.endsWith('.cc')).join(' ')\")",
        "../../generated/native/encoders.cc"
      ]
    }
  ]
}
