// The queue calls of NativeRing: what JavaScript does itself where it maps the ring's memory.
#include <algorithm>
#include <cstring>
#include <vector>

#include "native_ring.h"

namespace ringsmith {
namespace {

// A user_data, given as two arguments from the `first` on: its lower word and its upper one.
uint64_t user_data_at(const Napi::CallbackInfo& info, size_t first) {
  uint64_t low = info[first].As<Napi::Number>().Uint32Value();
  uint64_t high = info[first + 1].As<Napi::Number>().Uint32Value();
  return low | high << 32;
}

}  // namespace

// Returns the position of the next free SQE, or -1 when the queue is full.
Napi::Value NativeRing::reserve(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  RingMemory& memory = state_->memory;
  uint32_t tail = memory.control()->prepared_tail;
  bool full = tail - memory.sq_head() >= memory.params().sq_entries;
  return Napi::Number::New(env, full ? -1.0 : static_cast<double>(tail));
}

Napi::Value NativeRing::room(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  RingMemory& memory = state_->memory;
  return Napi::Number::New(env, memory.params().sq_entries - (memory.control()->prepared_tail - memory.sq_head()));
}

// place(position, bytes: Uint8Array): writes a whole SQE, as the encoders made it.
Napi::Value NativeRing::place(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  RingMemory& memory = state_->memory;
  auto bytes = info[1].As<Napi::Uint8Array>();
  if (bytes.ByteLength() < memory.sqe_bytes()) {
    Napi::RangeError::New(env, "place: an SQE of this ring has more bytes").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  memcpy(memory.sqe_at(info[0].As<Napi::Number>().Uint32Value()), bytes.Data(), memory.sqe_bytes());
  return env.Undefined();
}

// stamp(position, userDataLow, userDataHigh): what identifies the operation in its completions.
Napi::Value NativeRing::stamp(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  auto* sqe = reinterpret_cast<abi::io_uring_sqe*>(state_->memory.sqe_at(info[0].As<Napi::Number>().Uint32Value()));
  sqe->user_data = user_data_at(info, 1);
  return info.Env().Undefined();
}

// submitted(userDataLow, userDataHigh): the words of every SQE in the queue's memory with that user_data. An SQE stays
// there, as the kernel saw it, until its place is used again.
Napi::Value NativeRing::submitted(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  RingMemory& memory = state_->memory;
  uint64_t wanted = user_data_at(info, 0);
  std::vector<uint8_t> found;
  for (uint32_t i = 0; i < memory.params().sq_entries; i++) {
    const uint8_t* sqe = memory.sqe_at(i);
    if (reinterpret_cast<const abi::io_uring_sqe*>(sqe)->user_data != wanted) continue;
    found.insert(found.end(), sqe, sqe + memory.sqe_bytes());
  }
  auto words = Napi::Uint32Array::New(env, found.size() / 4);
  if (words.IsEmpty()) return env.Undefined();
  if (!found.empty()) memcpy(words.Data(), found.data(), found.size());
  return words;
}

Napi::Value NativeRing::commit(const Napi::CallbackInfo& info) {
  if (usable(info.Env())) state_->memory.control()->prepared_tail += 1;
  return info.Env().Undefined();
}

// rewind(count): takes back the last SQEs, which the kernel has not been told of.
Napi::Value NativeRing::rewind(const Napi::CallbackInfo& info) {
  if (usable(info.Env())) state_->memory.control()->prepared_tail -= info[0].As<Napi::Number>().Uint32Value();
  return info.Env().Undefined();
}

// reap(words: Uint32Array, limit): copies completions out of the queue, at most `limit` and what there is room for: 8
// words for each where they may be large, whose upper half a small one leaves as it is, else 4. Returns how many.
Napi::Value NativeRing::reap(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  auto words = info[0].As<Napi::Uint32Array>();
  RingMemory& memory = state_->memory;
  uint32_t head = memory.cq_head();
  uint32_t stride = memory.large_cqe_bytes() / 4;
  uint32_t room = static_cast<uint32_t>(words.ElementLength() / stride);
  uint32_t most = std::min(room, info[1].As<Napi::Number>().Uint32Value());
  uint32_t count = 0;
  for (uint32_t tail = memory.cq_tail(); head != tail && count < most;) {
    const abi::io_uring_cqe* cqe = memory.cqe_at(head);
    // Padding before a large completion that would not fit at the queue's end.
    if ((cqe->flags & abi::IORING_CQE_F_SKIP) == 0) {
      memcpy(words.Data() + count++ * stride, cqe, memory.cqe_span(cqe) * memory.cqe_bytes());
      memory.made().collect(cqe, &state_->copied);
      bool over = (cqe->flags & abi::IORING_CQE_F_MORE) == 0;
      if (over && !posted_by_others(cqe)) state_->copied_over += 1;
    }
    head += memory.cqe_span(cqe);
  }
  memory.publish_cq_head(head);
  return Napi::Number::New(env, count);
}

// discard(words: Uint32Array, from, to): closes what completions made that were copied out, and that nobody will look at.
Napi::Value NativeRing::discard(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  auto words = info[0].As<Napi::Uint32Array>();
  uint32_t stride = state_->memory.large_cqe_bytes() / 4;
  std::vector<int> unseen;
  for (uint32_t at = info[1].As<Napi::Number>().Uint32Value(), to = info[2].As<Napi::Number>().Uint32Value(); at < to;
       at++) {
    if ((at + 1) * stride > words.ElementLength()) break;
    state_->memory.made().collect(reinterpret_cast<const abi::io_uring_cqe*>(words.Data() + at * stride), &unseen);
  }
  for (int fd : unseen) state_->environment->close_now(fd);
  return info.Env().Undefined();
}

Napi::Value NativeRing::ready(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), state_->memory.cq_tail() - state_->memory.cq_head());
}

Napi::Value NativeRing::overflowed(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), (state_->memory.sq_flags() & abi::IORING_SQ_CQ_OVERFLOW) != 0);
}

Napi::Value NativeRing::dropped(const Napi::CallbackInfo& info) {
  if (!usable(info.Env())) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), state_->memory.cq_dropped() != 0);
}

// withdraw(userDataLow, userDataHigh): makes a NOP of an SQE that has not been published yet. Links stay, so that what is
// linked to it keeps its place. False when there is none, or when it takes two places among small ones.
Napi::Value NativeRing::withdraw(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  RingMemory& memory = state_->memory;
  uint64_t wanted = user_data_at(info, 0);
  if (memory.params().flags & abi::IORING_SETUP_SQE_MIXED) return Napi::Boolean::New(env, false);
  for (uint32_t at = memory.sq_tail(); at != memory.control()->prepared_tail; at++) {
    auto* sqe = reinterpret_cast<abi::io_uring_sqe*>(memory.sqe_at(at));
    if (sqe->user_data != wanted) continue;
    uint8_t links = sqe->flags & static_cast<uint8_t>(abi::IOSQE_IO_LINK | abi::IOSQE_IO_HARDLINK);
    memset(sqe, 0, memory.sqe_bytes());
    sqe->opcode = static_cast<uint8_t>(abi::IORING_OP_NOP);
    sqe->flags = links;
    sqe->user_data = wanted;
    return Napi::Boolean::New(env, true);
  }
  return Napi::Boolean::New(env, false);
}

// settle(count): that many operations have reached their terminal completion, and JavaScript has seen what was copied out.
Napi::Value NativeRing::settle(const Napi::CallbackInfo& info) {
  state_->copied.clear();
  state_->copied_over = 0;
  if (usable(info.Env())) state_->memory.control()->settled += info[0].As<Napi::Number>().Uint32Value();
  return info.Env().Undefined();
}

// Takes back every SQE the kernel has not seen; returns their user_data as pairs of words, oldest first.
Napi::Value NativeRing::drop_unsubmitted(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!usable(env)) return env.Undefined();
  RingMemory& memory = state_->memory;
  // What an SQPOLL thread has been shown it may take at any moment.
  bool sqpoll = memory.params().flags & abi::IORING_SETUP_SQPOLL;
  uint32_t head = sqpoll ? memory.sq_tail() : memory.sq_head();
  uint32_t count = memory.control()->prepared_tail - head;
  auto words = Napi::Uint32Array::New(env, static_cast<size_t>(count) * 2);
  if (words.IsEmpty()) return env.Undefined();
  for (uint32_t i = 0; i < count; i++) {
    uint64_t user_data = reinterpret_cast<const abi::io_uring_sqe*>(memory.sqe_at(head + i))->user_data;
    words[i * 2] = static_cast<uint32_t>(user_data);
    words[i * 2 + 1] = static_cast<uint32_t>(user_data >> 32);
  }
  memory.control()->prepared_tail = head;
  memory.publish_sq_tail(head);
  // In flight is prepared minus settled, so what will never complete leaves no trace.
  return words;
}

}  // namespace ringsmith
