#include "kpi/xes.h"

#include "base/encoding.h"
#include "crypto/hash.h"

namespace musubi::kpi {
namespace {

// Control characters cannot stand in XML 1.0, not even escaped.
void append_attribute_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
}

// Of the standard model of the lifecycle extension.
std::string_view transition_of(std::string_view type) {
  if (type == "claimed") return "assign";
  if (type == "reassigned") return "reassign";
  if (type == "released") return "suspend";
  if (type == "withdrawn") return "pi_abort";
  return "complete";
}

std::string whole_second(Time time) {
  std::string text = Time{time.us / 1'000'000 * 1'000'000}.rfc3339();
  return text.substr(0, 19) + "+00:00";
}

constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<log xes.version=\"1849.2016\" xes.features=\"\" xmlns=\"http://www.xes-standard.org/\">\n"
    "  <extension name=\"Concept\" prefix=\"concept\" uri=\"http://www.xes-standard.org/concept.xesext\"/>\n"
    "  <extension name=\"Lifecycle\" prefix=\"lifecycle\" uri=\"http://www.xes-standard.org/lifecycle.xesext\"/>\n"
    "  <extension name=\"Time\" prefix=\"time\" uri=\"http://www.xes-standard.org/time.xesext\"/>\n"
    "  <extension name=\"Organizational\" prefix=\"org\" uri=\"http://www.xes-standard.org/org.xesext\"/>\n"
    "  <global scope=\"trace\">\n"
    "    <string key=\"concept:name\" value=\"unknown\"/>\n"
    "  </global>\n"
    "  <global scope=\"event\">\n"
    "    <string key=\"concept:name\" value=\"unknown\"/>\n"
    "    <string key=\"lifecycle:transition\" value=\"complete\"/>\n"
    "    <date key=\"time:timestamp\" value=\"1970-01-01T00:00:00+00:00\"/>\n"
    "    <string key=\"org:group\" value=\"unknown\"/>\n"
    "  </global>\n"
    "  <classifier name=\"Activity\" scope=\"event\" keys=\"concept:name\"/>\n"
    "  <classifier name=\"ActivityAndTransition\" scope=\"event\" keys=\"concept:name lifecycle:transition\"/>\n";

}  // namespace

XesWriter::XesWriter(const XesLog& log, std::string key) : log_(log), key_(std::move(key)), out_(kHead) {
  out_ += "  ";
  attribute("string", "concept:name", log.organisation + " " + log.procedure);
  out_ += "  ";
  attribute("string", "lifecycle:model", "standard");
  out_ += "  ";
  attribute("string", "organisation", log.organisation_title);
  out_ += "  ";
  attribute("string", "procedure", log.procedure_title);
}

void XesWriter::attribute(const char* element, std::string_view key, std::string_view value) {
  out_ += std::string("<") + element + " key=\"";
  append_attribute_text(out_, key);
  out_ += "\" value=\"";
  append_attribute_text(out_, value);
  out_ += "\"/>\n";
}

void XesWriter::event(const PathEvent& event, Time at) {
  const std::string_view step = step_of(event.activity), type = type_of_activity(event.activity);
  auto line = [&](const char* element, std::string_view key, std::string_view value) {
    out_ += "      ";
    attribute(element, key, value);
  };
  out_ += "    <event>\n";
  line("string", "concept:name", event.activity);
  line("string", "lifecycle:transition", transition_of(type));
  line("date", "time:timestamp", whole_second(at));
  line("string", "org:group", log_.organisation);
  if (std::string post = log_.post && !step.empty() ? log_.post(step) : std::string(); !post.empty())
    line("string", "org:resource", post);
  if (std::string title = log_.step_title && !step.empty() ? log_.step_title(step) : std::string(); !title.empty())
    line("string", "step", title);
  if (!event.outcome.empty()) line("string", "outcome", event.outcome);
  out_ += "    </event>\n";
}

bool XesWriter::add(const Trace& trace) {
  const Path path = read_path(trace.words);
  if (path.size() != trace.seconds.size()) return true;  // damaged: verify names it
  if (traces_ == kXesTracesAtMost) return false;
  const std::size_t before = out_.size();
  out_ += "  <trace>\n    ";
  attribute("string", "concept:name", to_hex(crypto::bytes(crypto::hmac_sha256(key_, trace.stream))).substr(0, 24));
  for (std::size_t i = 0; i < path.size(); ++i) event(path[i], Time{trace.since.us + trace.seconds[i] * 1'000'000});
  out_ += "  </trace>\n";
  if (out_.size() > kXesBytesAtMost && traces_ > 0) {
    out_.resize(before);
    return false;
  }
  ++traces_;
  return true;
}

std::string XesWriter::take() && {
  out_ += "</log>\n";
  return std::move(out_);
}

}  // namespace musubi::kpi
