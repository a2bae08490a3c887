#include "app/heartbeat.h"

#include "base/file.h"
#include "base/log.h"

namespace musubi::app {
namespace {

constexpr std::size_t kFileBytes = 256 << 10;

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  auto text = read_file(path, kFileBytes);
  if (!text.ok()) return lines;
  for (std::size_t at = 0; at < text->size();) {
    std::size_t end = std::min(text->find('\n', at), text->size());
    lines.push_back(text->substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

Heartbeat::Heartbeat(std::string folder, Clock& clock) : folder_(std::move(folder)), clock_(clock) {
  for (const auto& line : lines_of(folder_ + "/interruptions")) {
    auto space = line.find(' ');
    if (space == line.npos) continue;
    auto from = parse_rfc3339(line.substr(0, space)), until = parse_rfc3339(line.substr(space + 1));
    if (from.ok() && until.ok() && *from < *until) interruptions_.push_back({*from, *until});
  }
  auto beats = lines_of(folder_ + "/heartbeat");
  auto last = beats.empty() ? Result<Time>(Time{}) : parse_rfc3339(beats[0]);
  Time now = clock_.now();
  if (last.ok() && last->us > 0 && now.us - last->us > kGap_us) {
    interruptions_.push_back({*last, now});
    if (interruptions_.size() > kKept) interruptions_.erase(interruptions_.begin(), interruptions_.end() - kKept);
    std::string text;
    for (const auto& one : interruptions_) text += one.from.rfc3339() + " " + one.until.rfc3339() + "\n";
    if (auto kept = replace_file(folder_ + "/interruptions", text, 0600); !kept.ok())
      log::error("app.interruption_not_kept", {{"why", kept.error().message.en}});
  }
  beat(true);
}

void Heartbeat::beat(bool always) {
  Time now = clock_.now();
  if (!always && now.us - last_.us < kBeat_us) return;
  last_ = now;
  if (auto kept = replace_file(folder_ + "/heartbeat", now.rfc3339() + "\n", 0600); !kept.ok())
    log::error("app.heartbeat_not_kept", {{"why", kept.error().message.en}});
}

}  // namespace musubi::app
