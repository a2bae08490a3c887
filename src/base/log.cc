#include "base/log.h"

#include <unistd.h>

#include <atomic>

#include "base/clock.h"

namespace musubi::log {
namespace {

std::atomic<int> descriptor{2};
std::atomic<Level> least_level{Level::kInfo};
constexpr const char* kNames[] = {"debug", "info", "warn", "error"};

}  // namespace

void set_level(Level least) { least_level = least; }
void set_descriptor(int fd) { descriptor = fd; }

void write(Level level, std::string_view event, const json::object& fields) {
  if (level < least_level.load()) return;
  json::object line{{"at", SystemClock().now().rfc3339()}, {"level", kNames[int(level)]}, {"event", event}};
  for (const auto& field : fields) line.emplace(field.key(), field.value());
  std::string text = json::serialize(line) + "\n";
  [[maybe_unused]] auto written = ::write(descriptor, text.data(), text.size());  // nobody to tell when this fails
}

}  // namespace musubi::log
