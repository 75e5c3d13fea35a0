// SPDX-License-Identifier: BSD-3-Clause
//
// Lists. They are written as chunks ("quicklist2"): a count, then for each a word that says whether
// a listpack of elements or one large element follows. Before Redis 7.0 the chunks were ziplists,
// before 3.2 a small list was one ziplist and a large one a count and its elements.
#include "blocks.h"
#include "codec.h"

namespace sorrel::persist::rdb {
namespace {

using types::List;
using types::ListEnd;

void read_plain(List& list, Input& input, const ReadContext& context) {
  const std::uint64_t count = input.length();
  std::string scratch;
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    const std::string_view text = input.string(scratch);
    if (input.ok()) {
      list.push(ListEnd::kBack, text, context.settings);
    }
  }
}

void read_ziplists(List& list, std::uint64_t count, Input& input, const ReadContext& context) {
  std::string scratch;
  const Emit push = [&](std::string_view text) {
    list.push(ListEnd::kBack, text, context.settings);
    return true;
  };
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    const std::string_view block = input.string(scratch);
    if (input.ok() && !read_ziplist(block, push)) {
      input.fail(Failure::kMalformed, "Ziplist integrity check failed.");
    }
  }
}

// Returns: whether the bytes are a listpack.
bool append_listpack(List& list, std::string_view block, const ReadContext& context) {
  if (!canonical_listpack(block)) {
    return read_listpack(block, [&](std::string_view text) {
      list.push(ListEnd::kBack, text, context.settings);
      return true;
    });
  }
  if (block.size() > base::Listpack::kEmptyBytes) {
    list.append_chunk({block, /*is_element=*/false});
  }
  return true;
}

void read_chunks(List& list, Input& input, const ReadContext& context) {
  const std::uint64_t count = input.length();
  std::string scratch;
  for (std::uint64_t i = 0; i < count && input.ok(); ++i) {
    const std::uint64_t container = input.length();
    const std::string_view bytes = input.string(scratch);
    if (!input.ok()) {
      return;
    }
    if (container == kNodePlain && !bytes.empty()) {
      list.append_chunk({bytes, /*is_element=*/true});
    } else if (container != kNodePacked || !append_listpack(list, bytes, context)) {
      input.fail(Failure::kMalformed, "Listpack integrity check failed.");
    }
  }
}

}  // namespace

ValueType Codec<List>::type_of(const List&, const Output::Options&) {
  return ValueType::kListQuicklist2;
}

ListCursor::ListCursor(const List& list, ValueType, Output& output) : list_(&list) {
  output.length(list.chunks().remaining());
}

bool ListCursor::step(Output& output, std::size_t budget) {
  auto chunks = list_->chunks(chunk_);
  for (Budget left(budget); chunks.valid() && !left.spent(); chunks.next()) {
    const List::Chunk chunk = *chunks;
    if (!text_) {
      output.length(chunk.is_element ? kNodePlain : kNodePacked);
      text_.emplace(chunk.bytes, ValueType::kString, output);
    }
    if (!text_->step(output, left.left())) {
      return false;
    }
    text_.reset();
    left.take_element(chunk.bytes.size());
    ++chunk_;
  }
  return !chunks.valid();
}

List Codec<List>::read(ValueType type, Input& input, const ReadContext& context) {
  List list;
  if (type == ValueType::kList) {
    read_plain(list, input, context);
  } else if (type == ValueType::kListQuicklist2) {
    read_chunks(list, input, context);
  } else {
    read_ziplists(list, type == ValueType::kListZiplist ? 1 : input.length(), input, context);
  }
  if (input.ok() && list.empty()) {
    input.fail(Failure::kEmpty, "a list without elements");
  }
  if (input.ok()) {
    list.settle_chunks(context.settings);
  }
  return list;
}

}  // namespace sorrel::persist::rdb
