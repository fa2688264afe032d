// Calls on descriptors that a ring cannot make, or not any more.
#pragma once

#include "addon_api.h"

namespace ringsmith {

// JavaScript: closeDescriptor(fd) → 0 or -errno. Node's own closeSync warns in worker threads, which keep account of what
// node:fs opened.
Napi::Value close_descriptor(const Napi::CallbackInfo& info);

// JavaScript: ownDescriptor(fd, owned): whether it is to be closed when the environment ends.
Napi::Value own_descriptor(const Napi::CallbackInfo& info);

// JavaScript: socketAddress(fd, peer) → the bytes of its sockaddr, or -errno. Rings can ask since Linux 6.19 only.
Napi::Value socket_address(const Napi::CallbackInfo& info);

// JavaScript: streamKind(fd) → what order and boundaries its data has: 0 none, 1 a stream of bytes, 2 of packets, 3 datagrams.
Napi::Value stream_kind(const Napi::CallbackInfo& info);

}  // namespace ringsmith
