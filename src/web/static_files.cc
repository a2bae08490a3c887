#include "web/static_files.h"

#include <zlib.h>

#include <map>

#include "base/check.h"
#include "base/encoding.h"
#include "embedded/web_static.h"

namespace musubi::web {
namespace {

// FNV-1a 64: names a content, proves nothing.
std::string content_hash(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037u;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  std::string out;
  put_be64(out, hash);
  return to_hex(out);
}

std::string_view media_type_of(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".png")) return "image/png";
  return "application/octet-stream";
}

struct Files {
  std::map<std::string, StaticFile, std::less<>> by_path;
  std::map<std::string, std::string, std::less<>> path_by_name;
};

const Files& files() {
  static const Files all = [] {
    Files files;
    for (const embedded::File& file : embedded::web_static()) {
      const auto dot = file.path.rfind('.');
      CHECK(dot != std::string_view::npos);
      const std::string hash = content_hash(file.bytes);
      StaticFile entry{.path = "/static/" + std::string(file.path.substr(0, dot)) + "." + hash + std::string(file.path.substr(dot)),
                       .media_type = std::string(media_type_of(file.path)),
                       .bytes = file.bytes,
                       .gzip = gzip(file.bytes),
                       .etag = "\"" + hash + "\""};
      if (entry.gzip.size() >= file.bytes.size()) entry.gzip.clear();
      files.path_by_name.emplace(file.path, entry.path);
      files.by_path.emplace(entry.path, std::move(entry));
    }
    return files;
  }();
  return all;
}

}  // namespace

const StaticFile* find_static(std::string_view path) {
  const auto found = files().by_path.find(path);
  return found == files().by_path.end() ? nullptr : &found->second;
}

const std::string& static_path(std::string_view name) {
  const auto found = files().path_by_name.find(name);
  CHECK(found != files().path_by_name.end());
  return found->second;
}

std::string gzip(std::string_view bytes) {
  constexpr int kGzipWrapper = 16;
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipWrapper, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace musubi::web
