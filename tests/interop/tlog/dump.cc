// Writes a log as files for a judge written by other people: interop_dump OUT
//   OUT/keys  OUT/checkpoint  OUT/bundle/INDEX  OUT/kept/SIZE  OUT/receipt/INDEX  OUT/consistency/FROM-TO  OUT/tile/...
// Paths and bytes of tiles and checkpoints are those that the server answers under /{org}/log/.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "evidence/receipt.h"
#include "evidence/tile_path.h"
#include "support/log_world.h"

namespace musubi {
namespace {

using testing::act;
using testing::leaf;

void write(const std::string& path, std::string_view bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

Result<void> grow(db::Database& database, std::uint64_t to) {
  while (evidence::Log::of(database).size() < to) {
    std::uint64_t from = evidence::Log::of(database).size(), end = std::min(to, from + 5000);
    TRY(database.write([&](db::Transaction& tx) -> Result<void> {
      for (std::uint64_t i = from; i < end; ++i) {
        if (i % 100 == 7)
          TRY(act(tx, "r" + std::to_string(i), "text"));
        else
          TRY(leaf(tx));
      }
      return {};
    }));
  }
  return {};
}

Result<void> dump_tiles(evidence::Log& log, const std::string& out) {
  std::uint64_t count = log.size();
  for (int level = 0; count > 0; ++level, count /= 256)
    for (std::uint64_t n = 0; n * 256 < count; ++n) {
      int width = int(std::min<std::uint64_t>(256, count - n * 256));
      write(out + "/tile/" + evidence::format_tile_path({level, n, width}), TRY(log.tile(level, n, width)));
      if (level == 0) write(out + "/tile/" + evidence::format_tile_path({-1, n, width}), TRY(log.entries(n, width)));
    }
  return {};
}

Result<void> dump(const std::string& out) {
  std::filesystem::create_directories(out);
  SystemClock clock;
  auto signer = testing::town_signer(out + "/log.pem");
  db::StoreOptions options;
  options.directory = out + "/data";
  testing::add_town_log(options, {{signer}}, clock);
  auto store = TRY(db::Store::open(std::move(options)));
  auto database = TRY(testing::open_town(*store));
  auto& log = evidence::Log::of(*database);
  const std::uint64_t sizes[] = {1, 2, 255, 256, 257, 5000, 65'535, 65'536, 65'800};
  for (auto size : sizes) {
    TRY(grow(*database, size));
    TRY(log.keep_checkpoint());
    write(out + "/kept/" + std::to_string(size), log.checkpoint());
  }
  write(out + "/keys", signer->verifier_key() + "\n");
  write(out + "/checkpoint", log.checkpoint());
  for (std::uint64_t index : {0, 1, 254, 255, 256, 257, 4999, 5000, 65'279, 65'280, 65'535, 65'536, 65'537, 65'799})
    write(out + "/receipt/" + std::to_string(index), TRY(log.receipt(index)));
  std::string key = signer->verifier_key();
  for (std::uint64_t index : {0, 1, 7, 107, 65'707}) {
    auto record = TRY(database->read([&](db::Reader& reader) { return evidence::find_record(reader, index); }));
    write(out + "/bundle/" + std::to_string(index),
          json::serialize(evidence::record_bundle(*record, TRY(log.receipt(index)), {&key, 1})));
  }
  for (auto from : sizes)
    for (auto to : sizes) {
      if (from > to) continue;
      std::string lines;
      for (const auto& hash : TRY(log.consistency(from, to))) lines += to_base64(crypto::bytes(hash)) + "\n";
      write(out + "/consistency/" + std::to_string(from) + "-" + std::to_string(to), lines);
    }
  return dump_tiles(log, out);
}

}  // namespace
}  // namespace musubi

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "interop_dump OUT\n"), 2;
  auto done = musubi::dump(argv[1]);
  if (!done.ok()) std::fprintf(stderr, "%s: %s\n", done.error().name.c_str(), done.error().message.en.c_str());
  return done.ok() ? 0 : 1;
}
