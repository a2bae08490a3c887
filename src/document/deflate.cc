#include "document/deflate.h"

#include <zlib.h>

#include "base/check.h"

namespace musubi::document {

std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  CHECK(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(),
                  Z_DEFAULT_COMPRESSION) == Z_OK);
  out.resize(size);
  return out;
}

// The adler of the format is checked at its end, so that a text cut short or changed is none.
std::optional<std::string> inflated(std::string_view bytes, std::size_t at_most) {
  z_stream stream{};
  CHECK(inflateInit(&stream) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = uInt(bytes.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= at_most) {
    const std::size_t have = out.size();
    out.resize(have + (std::size_t(64) << 10));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + have);
    stream.avail_out = uInt(out.size() - have);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0 && out.size() <= at_most;
  inflateEnd(&stream);
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace musubi::document
