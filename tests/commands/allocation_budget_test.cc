// SPDX-License-Identifier: BSD-3-Clause
//
// The budget of the hot path: once its buffers have grown, a simple command allocates nothing, from
// the bytes of the request through parser and executor to the bytes of the reply, with and without
// a log of effects. Every way to the heap is counted: this file replaces operator new and delete
// and the C library's functions in the test's executable and hands on to the next definition, which
// is the allocator that the server is linked with; the item heap counts for itself (in debug
// builds). A sanitizer brings its own, so there it is skipped.
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <sorrel/base/item_heap.h>
#include <sorrel/commands/families.h>
#include <sorrel/resp/request_parser.h>

#include "support/command_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SORREL_FOREIGN_HEAP
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SORREL_FOREIGN_HEAP
#endif
#endif

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

#ifndef SORREL_FOREIGN_HEAP

namespace {

template <class Function>
Function* next_definition(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Looked up at the first call; dlsym itself needs no heap for a symbol that exists.
#define SORREL_NEXT(name) static auto* const next = next_definition<decltype(::name)>(#name)

void* counted_new(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

void* counted_new(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  void* memory = std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  SORREL_NEXT(malloc);
  allocations.fetch_add(1, std::memory_order_relaxed);
  return next(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  SORREL_NEXT(calloc);
  allocations.fetch_add(1, std::memory_order_relaxed);
  return next(count, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  SORREL_NEXT(realloc);
  allocations.fetch_add(1, std::memory_order_relaxed);
  return next(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  SORREL_NEXT(aligned_alloc);
  allocations.fetch_add(1, std::memory_order_relaxed);
  return next(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  SORREL_NEXT(posix_memalign);
  allocations.fetch_add(1, std::memory_order_relaxed);
  return next(memory, alignment, size);
}

}  // extern "C"

void* operator new(std::size_t size) { return counted_new(size); }
void* operator new[](std::size_t size) { return counted_new(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted_new(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return counted_new(size, alignment);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

#endif

namespace sorrel::commands {
namespace {

using Words = std::vector<std::string>;

std::size_t all_allocations() { return allocations.load() + base::item_heap().allocations(); }

class AllocationBudget : public testing::Test {
 protected:
  void SetUp() override {
#ifdef SORREL_FOREIGN_HEAP
    GTEST_SKIP() << "the sanitizer's allocator cannot be counted this way";
#endif
    for (int i = 0; i < 200; ++i) {
      const std::string number = std::to_string(i);
      server.run({"SET", "text" + number, std::string(32, 'v')});
      server.run({"SET", "long" + number, std::string(3000, 'v')});
      server.run({"SET", "count" + number, number});
      server.run({"SET", "deadline" + number, "v", "EX", "1000"});
      server.run({"ZADD", "small", number, "member" + number});
      server.run({"ZADD", "few", "1", "member" + std::to_string(i % 10)});
      server.run({"SADD", "names", "member" + number});
      server.run({"SADD", "words", "member" + std::to_string(i % 10)});
      server.run({"SADD", "numbers", number});
      server.run({"HSET", "hash" + number, "name", std::string(16, 'v'), "count", "1"});
      server.run({"HSET", "fields", "field" + number, std::string(100, 'v')});
      server.run({"RPUSH", "queue", "member" + number});
      server.run({"RPUSH", i < 10 ? "short" : "other", "member" + number});
    }
  }

  static std::string request(const Words& words) {
    std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) {
      bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    }
    return bytes;
  }

  // Heap allocations of twenty rounds of these bytes, after four that let the buffers grow.
  std::size_t count(const std::string& bytes) {
    std::size_t before = 0;
    for (int round = 0; round < 24; ++round) {
      if (round == 4) {
        before = all_allocations();
      }
      std::string_view unread = bytes;
      while (!unread.empty()) {
        const auto batch = parser_.parse(unread, limits_, exec::Executor::kMaxBatch, room_);
        server.executor.run(server.session, batch.requests, output_);
        unread.remove_prefix(batch.consumed);
      }
      failed_ = failed_ || output_.empty();
      output_.clear();
      server.executor.effect_log().clear();
    }
    return all_allocations() - before;
  }

  // Counts a pipeline of `commands` with each of 100 keys, with and without a log.
  void expect_none(const std::string& name, const Words& tail, std::string_view key_prefix) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) {
      Words words{name,
                  std::string(key_prefix) + (key_prefix.ends_with('!') ? "" : std::to_string(i))};
      if (words[1].ends_with('!')) {
        words[1].pop_back();
      }
      words.insert(words.end(), tail.begin(), tail.end());
      bytes += request(words);
    }
    expect_none(name + " " + std::string(key_prefix), bytes);
  }
  void expect_none(const std::string& what, const std::string& bytes) {
    for (const bool logged : {false, true}) {
      server.executor.effect_log().set_enabled(logged);
      server.executor.statistics().errors = 0;
      EXPECT_EQ(count(bytes), 0U) << what << (logged ? " with a log" : "");
      EXPECT_EQ(server.executor.statistics().errors, 0U) << what;
      EXPECT_FALSE(failed_) << what;
    }
  }

  test::CommandFixture server{{&add_string_commands, &add_key_commands, &add_sorted_set_commands,
                               &add_set_commands, &add_connection_commands, &add_bitmap_commands,
                               &add_hyperloglog_commands, &add_hash_commands, &add_list_commands}};

 private:
  resp::RequestParser parser_;
  resp::BatchRoom room_;
  resp::RequestLimits limits_;
  base::OutputBuffer output_;
  bool failed_ = false;
};

TEST_F(AllocationBudget, TheCounterCounts) {
  const std::uint64_t items = base::item_heap().allocations();
  server.run({"SET", "a new key", "value"});
  EXPECT_EQ(base::item_heap().allocations(), items + 1);
  const std::size_t before = allocations.load();
  std::free(std::malloc(1));
  delete new int(1);
  EXPECT_GE(allocations.load(), before + 2);
}

TEST_F(AllocationBudget, Reads) {
  expect_none("GET", {}, "text");
  expect_none("GET", {}, "count");
  expect_none("GET", {}, "deadline");
  expect_none("GET", {}, "absent");
  expect_none("EXISTS", {}, "text");
  expect_none("STRLEN", {}, "long");
  expect_none("TTL", {}, "deadline");
  expect_none("TYPE", {}, "text");
}

TEST_F(AllocationBudget, SortedSetReads) {
  expect_none("ZSCORE", {"member7"}, "small!");
  expect_none("ZSCORE", {"member7"}, "few!");
  expect_none("ZRANK", {"member7"}, "small!");
  expect_none("ZCARD", {}, "few!");
}

TEST_F(AllocationBudget, Bits) {
  expect_none("GETBIT", {"9"}, "text");
  expect_none("BITCOUNT", {}, "long");
  expect_none("BITPOS", {"0", "3"}, "long");
  expect_none("SETBIT", {"9", "1"}, "text");
  expect_none("SETBIT", {"9", "0"}, "long");
  expect_none("BITFIELD", {"INCRBY", "u8", "#2", "1", "GET", "i64", "3"}, "text");
}

TEST_F(AllocationBudget, Sets) {
  for (const char* key : {"names!", "words!", "numbers!"}) {
    expect_none("SISMEMBER", {"member7"}, key);
    expect_none("SISMEMBER", {"7"}, key);
    expect_none("SMISMEMBER", {"7", "member7", "x"}, key);
    expect_none("SREM", {"none"}, key);
    expect_none("SCARD", {}, key);
    expect_none("SRANDMEMBER", {}, key);
  }
  expect_none("SADD", {"member7"}, "names!");
  expect_none("SADD", {"member7"}, "words!");
  expect_none("SADD", {"7"}, "numbers!");
}

TEST_F(AllocationBudget, Lists) {
  for (const char* key : {"queue!", "short!"}) {
    expect_none("LLEN", {}, key);
    expect_none("LINDEX", {"5"}, key);
    expect_none("LRANGE", {"0", "9"}, key);
    expect_none("LPOS", {"member7", "COUNT", "0"}, key);
    expect_none("LSET", {"3", "member0"}, key);
  }
  expect_none("LMOVE", {"queue", "LEFT", "RIGHT"}, "queue!");
  expect_none("RPOPLPUSH", {"queue"}, "queue!");
  expect_none("queues", request({"LPUSH", "queue", "member"}) + request({"RPOP", "queue"}) +
                            request({"RPUSH", "queue", "member"}) + request({"LPOP", "queue"}));
}

TEST_F(AllocationBudget, HyperLogLogs) {
  expect_none("PFADD", {"a", "b"}, "sketch!");
  expect_none("PFCOUNT", {}, "sketch!");
  server.run({"PFDEBUG", "TODENSE", "sketch"});
  expect_none("PFADD", {"c", "d"}, "sketch!");
  expect_none("PFCOUNT", {}, "sketch!");
}

TEST_F(AllocationBudget, HashesThatStayInTheirSizeClass) {
  expect_none("HGET", {"name"}, "hash");
  expect_none("HSET", {"name", std::string(16, 'w')}, "hash");
  expect_none("HSET", {"name", std::string(16, 'x'), "count", "7"}, "hash");
  expect_none("HINCRBY", {"count", "1"}, "hash");
  expect_none("HMGET", {"name", "none", "count"}, "hash");
  expect_none("HLEN", {}, "hash");
  expect_none("HGETALL", {}, "hash");
  expect_none("HGET", {"field7"}, "fields!");
  expect_none("HSET", {"field7", std::string(100, 'w')}, "fields!");
}

TEST_F(AllocationBudget, Ping) { expect_none("PING", request({"PING"}) + request({"PING", "hi"})); }

TEST_F(AllocationBudget, Counters) {
  expect_none("INCR", {}, "count");
  expect_none("DECR", {}, "count");
  expect_none("INCRBY", {"17"}, "count");
}

TEST_F(AllocationBudget, OverwritingWithTheSameSize) {
  expect_none("SET", {std::string(32, 'w')}, "text");
  expect_none("SET", {std::string(3000, 'w')}, "long");
  expect_none("SET", {"12345"}, "count");
  expect_none("SETRANGE", {"3", "xyz"}, "text");
}

TEST_F(AllocationBudget, MixedPipeline) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) {
    const std::string number = std::to_string(i);
    bytes += request({"SET", "text" + number, std::string(32, static_cast<char>('a' + i % 26))});
    bytes += request({"GET", "text" + number});
    bytes += request({"INCR", "count" + number});
    bytes += request({"ZSCORE", "small", "member" + number});
    bytes += request({"PING"});
  }
  expect_none("mixed", bytes);
}

}  // namespace
}  // namespace sorrel::commands
