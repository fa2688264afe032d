// What one Node environment (the main thread or a worker) shares between its rings and its kernel-visible memory.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "addon_api.h"
#include "mapping.h"

namespace ringsmith {

// Decides when memory that JavaScript no longer needs may really be unmapped.
//
// While a ring lives, a finalizer may run at two moments: in an ordinary garbage collection, when the operations in
// flight hold their memory by reference and so nothing collected is in use; and while the environment is being torn
// down, when everything is finalized at once, in use or not, before any clean-up hook runs. The two cannot be told
// apart from inside a finalizer. Memory is therefore parked, and unmapped from the event loop (which no longer turns
// during tear-down) or after the last ring has drained.
class Environment {
 public:
  static std::shared_ptr<Environment> of(Napi::Env env);

  void ring_opened();
  // `abandoned`: the kernel may still write to memory of operations. JavaScript holds that for as long as it runs; what is
  // finalized when it does not run any more is never unmapped from then on.
  void ring_closed(bool abandoned);

  void park(Mapping memory);
  // Unmaps what is parked; called from the event loop, where it is known that nothing collected is in use.
  void release_parked();

  // Descriptors with an owner. Those that are left when the environment and its rings are gone, as when a worker is
  // terminated, are closed: nobody else would.
  void own(int fd);
  void disown(int fd);
  // Closes one, which may have an owner, and has none from then on. Returns what close(2) does.
  int close_now(int fd);
  // The environment is being torn down.
  void ended();

  // Operations on memory that V8 frees with the environment, come what may.
  void lent_in_use(int change) { lent_ += change; }
  bool lends() const { return lent_ > 0; }

  // Bytes of parked memory that were given up because an operation could not be waited for.
  size_t leaked_bytes() const { return leaked_bytes_; }
  size_t live_rings() const { return rings_; }

 private:
  void leak_or_unmap_locked();
  void close_owned_locked();

  std::mutex mutex_;
  std::vector<Mapping> parked_;
  std::unordered_set<int> owned_;
  size_t rings_ = 0;
  int lent_ = 0;
  size_t leaked_bytes_ = 0;
  bool abandoned_ = false;
  bool ended_ = false;
};

}  // namespace ringsmith
