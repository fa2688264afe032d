#include "environment.h"

#include <unistd.h>
#include <utility>

namespace ringsmith {
namespace {

struct Holder {
  std::shared_ptr<Environment> environment = std::make_shared<Environment>();
  ~Holder() { environment->ended(); }
};

}  // namespace

std::shared_ptr<Environment> Environment::of(Napi::Env env) {
  auto* holder = env.GetInstanceData<Holder>();
  if (holder == nullptr) {
    holder = new Holder();
    env.SetInstanceData<Holder>(holder);
  }
  return holder->environment;
}

void Environment::ring_opened() {
  std::lock_guard<std::mutex> lock(mutex_);
  rings_ += 1;
}

void Environment::ring_closed(bool abandoned) {
  std::lock_guard<std::mutex> lock(mutex_);
  rings_ -= 1;
  abandoned_ = abandoned_ || abandoned;
  if (rings_ == 0) leak_or_unmap_locked();
  close_owned_locked();
}

void Environment::own(int fd) {
  std::lock_guard<std::mutex> lock(mutex_);
  owned_.insert(fd);
}

void Environment::disown(int fd) {
  std::lock_guard<std::mutex> lock(mutex_);
  owned_.erase(fd);
}

int Environment::close_now(int fd) {
  std::lock_guard<std::mutex> lock(mutex_);
  owned_.erase(fd);
  return close(fd);
}

void Environment::ended() {
  std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  close_owned_locked();
}

void Environment::close_owned_locked() {
  // Operations that still wait in a ring must not find other files under these numbers.
  if (!ended_ || rings_ > 0) return;
  for (int fd : owned_) close(fd);
  owned_.clear();
}

void Environment::park(Mapping memory) {
  std::lock_guard<std::mutex> lock(mutex_);
  parked_.push_back(std::move(memory));
  if (rings_ == 0) leak_or_unmap_locked();
}

void Environment::release_parked() {
  std::lock_guard<std::mutex> lock(mutex_);
  // JavaScript runs, and so holds whatever a ring had to leave in flight.
  parked_.clear();
}

void Environment::leak_or_unmap_locked() {
  if (abandoned_) {
    for (Mapping& memory : parked_) {
      leaked_bytes_ += memory.size();
      memory.leak();
    }
  }
  parked_.clear();
}

}  // namespace ringsmith
