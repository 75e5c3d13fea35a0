// SPDX-License-Identifier: BSD-3-Clause
//
// The chain of chunks against a std::string that the same operations are applied to, and the cases
// at the edges of chunks one by one.
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sorrel/base/output_buffer.h>
#include <sorrel/base/random.h>

namespace sorrel::base {
namespace {

constexpr std::size_t kChunk = OutputBuffer::kChunkBytes;

std::string contents(const OutputBuffer& buffer) {
  std::vector<char> scratch;
  return std::string(buffer.contiguous(scratch));
}

std::string gathered(const OutputBuffer& buffer, std::size_t most) {
  std::vector<iovec> vectors(most);
  const std::size_t filled = buffer.gather(vectors);
  std::string result;
  for (std::size_t i = 0; i < filled; ++i) {
    EXPECT_GT(vectors[i].iov_len, 0U);
    result.append(static_cast<const char*>(vectors[i].iov_base), vectors[i].iov_len);
  }
  return result;
}

std::string letters(std::size_t size, char first = 'a') {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + (static_cast<std::size_t>(first - 'a') + i) % 26);
  }
  return text;
}

void put(OutputBuffer& buffer, std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(buffer.reserve(bytes.size()), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

TEST(OutputBuffer, BeginsEmptyAndHoldsNothing) {
  OutputBuffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_EQ(gathered(buffer, 4), "");
  buffer.append("");
  buffer.clear();
  buffer.consume(0);
  EXPECT_EQ(contents(buffer), "");
}

TEST(OutputBuffer, ReservesAcrossChunksWithoutMovingWhatIsWritten) {
  OutputBuffer buffer;
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string piece = letters(1'000, static_cast<char>('a' + i % 26));
    put(buffer, piece);
    expected += piece;
  }
  EXPECT_EQ(buffer.size(), expected.size());
  EXPECT_EQ(contents(buffer), expected);
  EXPECT_EQ(gathered(buffer, 64), expected);
}

TEST(OutputBuffer, GivesBigDataOneChunkOfItsSize) {
  OutputBuffer buffer;
  buffer.append("head");
  const std::string big = letters(5 * kChunk + 3);
  buffer.append(big);
  buffer.append("tail");
  std::array<iovec, 8> vectors;
  ASSERT_EQ(buffer.gather(vectors), 3U);
  EXPECT_EQ(vectors[1].iov_len, big.size());
  EXPECT_EQ(buffer.capacity(), 2 * kChunk + big.size());
  EXPECT_EQ(contents(buffer), "head" + big + "tail");
}

TEST(OutputBuffer, GathersNoMoreThanAskedFor) {
  OutputBuffer buffer;
  const std::string text = letters(3 * kChunk / 2);
  for (char c : text) {
    put(buffer, std::string_view(&c, 1));
  }
  EXPECT_EQ(gathered(buffer, 1), text.substr(0, kChunk));
  EXPECT_EQ(gathered(buffer, 2), text);
}

TEST(OutputBuffer, ConsumesInPartsAndKeepsNothing) {
  OutputBuffer buffer;
  const std::string text = letters(4 * kChunk);
  for (std::size_t at = 0; at < text.size(); at += 64) {
    buffer.append(std::string_view(text).substr(at, 64));
  }
  buffer.consume(10);
  EXPECT_EQ(gathered(buffer, 16), text.substr(10));
  buffer.consume(kChunk);
  EXPECT_EQ(gathered(buffer, 16), text.substr(10 + kChunk));
  EXPECT_EQ(buffer.capacity(), 3 * kChunk);
  buffer.consume(buffer.size());
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0U);
}

// Another buffer's, too.
TEST(OutputBuffer, UsesTheSameChunkAgainAfterADrain) {
  OutputBuffer buffer;
  OutputBuffer other;
  const char* const first = buffer.reserve(1);
  for (int i = 0; i < 1'000; ++i) {
    buffer.append(letters(100));
    ASSERT_EQ(buffer.capacity(), kChunk);
    buffer.consume(100);
    ASSERT_EQ(buffer.capacity(), 0U);
    ASSERT_EQ(other.reserve(1), first);
    other.append("x");
    other.clear();
    ASSERT_EQ(buffer.reserve(1), first);
  }
}

TEST(OutputBuffer, DoesNotKeepABigChunk) {
  OutputBuffer buffer;
  buffer.append(letters(10 * kChunk));
  buffer.clear();
  EXPECT_EQ(buffer.capacity(), 0U);
  buffer.append("x");
  buffer.append(letters(10 * kChunk));
  buffer.clear();
  EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(OutputBuffer, RewindsWithinAChunkAndAcrossChunks) {
  OutputBuffer buffer;
  const auto beginning = buffer.mark();
  buffer.append("kept");
  const auto mark = buffer.mark();
  buffer.append("dropped");
  buffer.rewind(mark);
  EXPECT_EQ(contents(buffer), "kept");
  buffer.append(letters(3 * kChunk));
  buffer.append("more");
  buffer.rewind(mark);
  buffer.append("!");
  EXPECT_EQ(contents(buffer), "kept!");
  EXPECT_EQ(buffer.capacity(), kChunk);
  buffer.rewind(beginning);
  EXPECT_TRUE(buffer.empty());
}

TEST(OutputBuffer, SplicesInPlaceWithoutAllocating) {
  OutputBuffer buffer;
  buffer.append("before");
  const auto at = buffer.splice_point();
  buffer.append("body");
  buffer.splice(at, "*12\r\n");
  EXPECT_EQ(contents(buffer), "before*12\r\nbody");
  EXPECT_EQ(buffer.capacity(), kChunk);
}

TEST(OutputBuffer, SplicesBeforeABodyOfManyChunks) {
  OutputBuffer buffer;
  buffer.append("before");
  const auto at = buffer.splice_point();
  const std::string body = letters(kChunk) + letters(2 * kChunk) + letters(100);
  for (std::size_t i = 0; i < body.size(); i += 100) {
    buffer.append(std::string_view(body).substr(i, 100));
  }
  buffer.splice(at, "<>");
  buffer.append("after");
  EXPECT_EQ(contents(buffer), "before<>" + body + "after");
  EXPECT_EQ(gathered(buffer, 16), "before<>" + body + "after");
}

TEST(OutputBuffer, SplicesIntoAFullChunkAndAnUntouchedBuffer) {
  OutputBuffer buffer;
  const std::string text = letters(kChunk);
  buffer.append(text.substr(0, kChunk - 3));
  const auto at = buffer.splice_point();
  buffer.append(text.substr(kChunk - 3));
  buffer.splice(at, "<>");
  buffer.append("after");
  EXPECT_EQ(contents(buffer),
            text.substr(0, kChunk - 3) + "<>" + text.substr(kChunk - 3) + "after");

  OutputBuffer fresh;
  const auto start = fresh.splice_point();
  fresh.splice(start, "<>");
  EXPECT_EQ(contents(fresh), "<>");
}

TEST(OutputBuffer, SplicesNestedFromTheInnermost) {
  OutputBuffer buffer;
  const auto outer = buffer.splice_point();
  buffer.append("a");
  const auto inner = buffer.splice_point();
  buffer.append(letters(2 * kChunk));
  buffer.splice(inner, "[");
  buffer.splice(outer, "{");
  EXPECT_EQ(contents(buffer), "{a[" + letters(2 * kChunk));
}

std::size_t piece_size(Random& random) {
  switch (random.below(5)) {
    case 0:
      return random.below(kChunk + 1);
    case 1:
      return random.below(3 * kChunk);
    default:
      return random.below(200);
  }
}

TEST(OutputBuffer, AgreesWithAStringUnderRandomOperations) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    OutputBuffer buffer;
    std::string model;
    for (int step = 0; step < 150; ++step) {
      const std::string piece = letters(piece_size(random), static_cast<char>('a' + step % 26));
      const std::uint64_t choice = random.below(10);
      if (choice < 4) {
        buffer.append(piece);
        model += piece;
      } else if (choice < 6) {
        put(buffer, std::string_view(piece).substr(0, kChunk));
        model += piece.substr(0, kChunk);
      } else if (choice < 8) {
        const auto mark = buffer.mark();
        const std::size_t length = model.size();
        const std::string more = letters(random.below(kChunk));
        buffer.append(piece);
        buffer.append(more);
        if (choice == 6) {
          buffer.rewind(mark);
        } else {
          const std::string header = letters(1 + random.below(20));
          buffer.splice(mark, header);
          model += piece + more;
          model.insert(length, header);
        }
      } else {
        const std::size_t bytes =
            random.below(4) == 0 ? model.size() : random.below(model.size() + 1);
        buffer.consume(bytes);
        model.erase(0, bytes);
      }
      ASSERT_EQ(buffer.size(), model.size()) << "seed " << seed << " step " << step;
      ASSERT_EQ(contents(buffer), model) << "seed " << seed << " step " << step;
      ASSERT_EQ(gathered(buffer, 4'096), model) << "seed " << seed << " step " << step;
    }
    buffer.clear();
    ASSERT_LE(buffer.capacity(), kChunk);
  }
}

}  // namespace
}  // namespace sorrel::base
