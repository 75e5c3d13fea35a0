// SPDX-License-Identifier: BSD-3-Clause
//
// LCS: the longest common subsequence of two strings by the classic table of lengths, where
// cell (i, j) is the length for the first i bytes of one and the first j of the other. Walking
// back from the far corner gives the text and the stretches in which both run in step; of two
// equally good ways the walk takes the one that Redis takes. Cost: O(n * m) time and memory,
// bounded as in Redis. One thread.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <sorrel/exec/argument_reader.h>
#include <sorrel/exec/executor.h>

#include "strings_handlers.h"

namespace sorrel::commands::strings {
namespace {

struct LcsOptions {
  bool length = false;
  bool indexes = false;
  bool match_lengths = false;
  std::uint64_t least_match = 0;
};

class LengthTable {
 public:
  LengthTable(std::string_view a, std::string_view b)
      : width_(b.size() + 1), cells_((a.size() + 1) * width_) {
    for (std::size_t i = 1; i <= a.size(); ++i) {
      const std::uint32_t* above = &cells_[(i - 1) * width_];
      std::uint32_t* row = &cells_[i * width_];
      for (std::size_t j = 1; j <= b.size(); ++j) {
        row[j] = a[i - 1] == b[j - 1] ? above[j - 1] + 1 : std::max(above[j], row[j - 1]);
      }
    }
  }
  std::uint32_t at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }

  // Bytes that a table for these lengths takes; nullopt when that does not fit.
  static std::optional<std::uint64_t> bytes(std::uint64_t a, std::uint64_t b) {
    std::uint64_t cells = 0;
    if (__builtin_mul_overflow(a + 1, b + 1, &cells) ||
        __builtin_mul_overflow(cells, sizeof(std::uint32_t), &cells)) {
      return std::nullopt;
    }
    return cells;
  }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

// Calls stretch(first of a, first of b, length) for each run of common bytes, the last one first.
template <class Stretch>
void walk_back(const LengthTable& table, std::string_view a, std::string_view b,
               Stretch&& stretch) {
  std::size_t i = a.size();
  std::size_t j = b.size();
  while (i > 0 && j > 0) {
    if (a[i - 1] != b[j - 1]) {
      if (table.at(i - 1, j) > table.at(i, j - 1)) {
        --i;
      } else {
        --j;
      }
      continue;
    }
    const std::size_t end = i;
    while (i > 0 && j > 0 && a[i - 1] == b[j - 1]) {
      --i;
      --j;
    }
    stretch(i, j, end - i);
  }
}

void reply_range(Context& context, std::size_t first, std::size_t length) {
  context.reply.array(2);
  context.reply.integer(static_cast<std::int64_t>(first));
  context.reply.integer(static_cast<std::int64_t>(first + length - 1));
}

void reply_indexes(Context& context, const LengthTable& table, std::string_view a,
                   std::string_view b, const LcsOptions& options) {
  context.reply.map(2);
  context.reply.bulk("matches");
  const auto place = context.reply.defer();
  std::size_t count = 0;
  walk_back(table, a, b, [&](std::size_t i, std::size_t j, std::size_t length) {
    if (length < options.least_match) {
      return;
    }
    ++count;
    context.reply.array(options.match_lengths ? 3 : 2);
    reply_range(context, i, length);
    reply_range(context, j, length);
    if (options.match_lengths) {
      context.reply.integer(static_cast<std::int64_t>(length));
    }
  });
  context.reply.settle(place, resp::ReplyWriter::Aggregate::kArray, count);
  context.reply.bulk("len");
  context.reply.integer(table.at(a.size(), b.size()));
}

std::string common_text(const LengthTable& table, std::string_view a, std::string_view b) {
  std::string text(table.at(a.size(), b.size()), '\0');
  std::size_t end = text.size();
  walk_back(table, a, b, [&](std::size_t i, std::size_t, std::size_t length) {
    end -= length;
    a.copy(text.data() + end, length, i);
  });
  return text;
}

LcsOptions read_options(exec::ArgumentReader& read) {
  LcsOptions options;
  while (read.more()) {
    if (read.word("LEN")) {
      options.length = true;
    } else if (read.word("IDX")) {
      options.indexes = true;
    } else if (read.word("WITHMATCHLEN")) {
      options.match_lengths = true;
    } else if (read.word_with("MINMATCHLEN", 1)) {
      const std::int64_t least = read.integer();
      options.least_match = least < 0 ? 0 : static_cast<std::uint64_t>(least);
    } else {
      read.fail(errors::kSyntax);
    }
  }
  return options;
}

Outcome answer(Context& context, std::string_view a, std::string_view b,
               const LcsOptions& options) {
  constexpr std::size_t kMaxLength = std::numeric_limits<std::uint32_t>::max() - 1;
  if (a.size() >= kMaxLength || b.size() >= kMaxLength) {
    return context.fail(errors::kLcsTooLong);
  }
  const auto bytes = LengthTable::bytes(a.size(), b.size());
  if (!bytes || *bytes > context.executor.limits().max_string_bytes) {
    return context.fail(errors::kLcsMemory);
  }
  const LengthTable table(a, b);
  if (options.indexes) {
    reply_indexes(context, table, a, b, options);
  } else if (options.length) {
    context.reply.integer(table.at(a.size(), b.size()));
  } else {
    context.reply.bulk(common_text(table, a, b));
  }
  return Outcome::kOk;
}

}  // namespace

Outcome lcs(Context& context) {
  // An expired key among the two goes at the first look; only then may records be held.
  const Key second = context.key(2);
  context.database.peek(second);
  const Record* a = context.database.find(context.key(1));
  const Record* b = context.database.find(second);
  if ((a != nullptr && a->type() != Type::kString) ||
      (b != nullptr && b->type() != Type::kString)) {
    return context.fail(errors::kLcsNotStrings);
  }
  exec::ArgumentReader read(context, 3);
  const LcsOptions options = read_options(read);
  if (!read.ok()) {
    return context.fail(read.error());
  }
  if (options.indexes && options.length) {
    return context.fail(errors::kLcsLengthAndIndexes);
  }
  keyspace::IntegerText first_scratch;
  keyspace::IntegerText second_scratch;
  return answer(context, a != nullptr ? a->string(first_scratch) : std::string_view(),
                b != nullptr ? b->string(second_scratch) : std::string_view(), options);
}

}  // namespace sorrel::commands::strings
