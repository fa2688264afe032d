// Handing prepared SQEs to the kernel, and getting everything back before a ring goes away.
#pragma once

#include <cerrno>
#include <cstdint>
#include <vector>

#include "ring_memory.h"

namespace ringsmith {

// What flush() returns where the kernel's thread would act with other rights than this process has now; see credentials.h.
// The kernel's own answers to io_uring_enter have no such number; errors.ts knows it.
constexpr int kOtherCredentials = -EKEYREVOKED;

// Publishes every prepared SQE and enters the kernel if it must be told (without SQPOLL: always; with it: only when its
// thread sleeps). Waits until `min_complete` completions are in the queue, those that are there already counted, for at
// most `timeout_ms` when that is not negative; a signal ends the wait early. After `min_wait_us` one completion is enough.
// Returns 0 when the kernel has taken everything, or -errno; what it did not take stays prepared.
int flush(RingMemory& ring, uint32_t min_complete, double timeout_ms, uint32_t min_wait_us = 0);

// Lets the kernel move overflowed completions into the queue and run pending task work.
int get_events(RingMemory& ring);

// Runs task work that a ring with IORING_SETUP_DEFER_TASKRUN has put off. Returns whether there is more: with operations
// that complete as fast as it runs, a clock of one millisecond on a slow machine, there always is.
bool run_deferred(RingMemory& ring);

// Asks the kernel to cancel everything in flight. A request, not a barrier. Returns 0 or -errno.
int cancel_all(RingMemory& ring);

// Cancels and reaps until nothing is in flight or the budget is spent; for tear-down, when JavaScript can no longer
// run. Prepared SQEs the kernel has not seen are dropped. Adds the descriptors that are to be closed: made by operations whose
// completions were thrown away, or named by closes that will not take place. Returns the number of operations still in flight.
uint32_t drain(RingMemory& ring, double budget_ms, std::vector<int>* descriptors);

// Cancels until the kernel is done with every operation, whatever JavaScript, ended in the midst of it, had counted. Comes
// after `drain`. Returns false when that takes longer, or the kernel does not let it ask.
bool wait_for_all(RingMemory& ring, double budget_ms, std::vector<int>* descriptors);

}  // namespace ringsmith
