// Files that pages refer to: embedded in the binary, named by their content (`/static/musubi.<hash>.css`), so that
// browsers may keep them for ever; gzip made once at start.
#pragma once

#include <string>
#include <string_view>

namespace musubi::web {

inline constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";

struct StaticFile {
  std::string path;        // "/static/musubi.0123456789abcdef.css"
  std::string media_type;  // "text/css; charset=utf-8"
  std::string_view bytes;
  std::string gzip;  // empty where it would not be smaller
  std::string etag;  // strong, with quotes
};

// nullptr when there is no such file; safe from any thread.
const StaticFile* find_static(std::string_view path);

// Path with hash of an embedded file: static_path("musubi.css"). CHECKed: a name of ours that does not exist is a bug.
const std::string& static_path(std::string_view name);

// gzip (RFC 1952), highest level.
std::string gzip(std::string_view bytes);

}  // namespace musubi::web
