// Cases as an event log in XES (IEEE 1849-2016, unchanged in 1849-2023), for programs that mine processes. One trace a case
// under a name that leads nowhere: keyed with random bytes that are forgotten after the export, so that two exports cannot be
// joined by it. No officer and no applicant: org:group is the organisation, org:resource the post of the step.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kpi/trace.h"

namespace musubi::kpi {

inline constexpr std::size_t kXesTracesAtMost = 20'000;  // of one export; the next begins after its last stream
inline constexpr std::size_t kXesBytesAtMost = 48 << 20;

struct XesLog {
  std::string organisation, organisation_title;
  std::string procedure, procedure_title;
  std::function<std::string(std::string_view step)> step_title = {};  // may be empty: the id
  std::function<std::string(std::string_view step)> post = {};        // "" = no post
};

// Writes the log from its head to its foot; `add` between them.
class XesWriter {
 public:
  XesWriter(const XesLog& log, std::string key);  // key: random, or fixed in tests
  bool add(const Trace& trace);                   // false: there is no room for it, nothing was added
  std::size_t traces() const { return traces_; }
  std::string take() &&;

 private:
  void attribute(const char* element, std::string_view key, std::string_view value);
  void event(const PathEvent& event, Time at);

  const XesLog& log_;
  std::string key_, out_;
  std::size_t traces_ = 0;
};

}  // namespace musubi::kpi
