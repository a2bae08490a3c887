#include "kpi/follow_up_json.h"

#include "kpi/json.h"
#include "kpi/sheet_json.h"

namespace musubi::kpi {
namespace {

json::array strings(const std::vector<std::string>& values) {
  json::array out;
  for (const auto& value : values) out.emplace_back(value);
  return out;
}

void put(json::object& out, std::string_view key, const std::optional<Text>& text) {
  if (text) out[key] = to_json(*text);
}

void put(json::object& out, std::string_view key, const std::optional<Actual>& actual) {
  if (!actual) return;
  json::object one;
  if (actual->number) one["number"] = *actual->number;
  put(one, "text", actual->text);
  out[key] = std::move(one);
}

std::vector<std::string> read_strings(ObjectReader& reader, std::string_view key) {
  std::vector<std::string> out;
  reader.array(key, true, kMaxMeasures, [&](const json::value& value, std::string) {
    if (value.is_string()) out.emplace_back(value.get_string());
  });
  return out;
}

std::optional<Actual> read_actual(ObjectReader& reader, std::string_view key, std::vector<Fault>& faults) {
  const json::value* value = reader.find(key);
  if (!value) return std::nullopt;
  ObjectReader one(*value, reader.at(key), faults);
  Actual out;
  out.number = one.optional_number("number");
  out.text = one.optional_text("text");
  one.finish();
  return out;
}

Error damaged(std::vector<Fault> faults) {
  return Error{Code::kCorrupt,
               "kpi.damaged",
               {"保存されているフォローアップを読み取れません。musubi verify で調べてください。",
                "A stored follow-up cannot be read. Look into it with musubi verify."},
               std::move(faults)};
}

}  // namespace

json::object to_json(const Schedule& s) {
  json::array days;
  for (int one : s.reminder_days) days.emplace_back(one);
  json::object out{{"from", text::iso_date(s.from)},
                   {"priority_fields", strings(s.priority_fields)},
                   {"priority_measures", strings(s.priority_measures)},
                   {"elsewhere", strings(s.elsewhere)},
                   {"due_days", s.due_days},
                   {"reminder_days", std::move(days)},
                   {"repeat_days", s.repeat_days},
                   {"basis", to_json(s.basis)}};
  if (!s.post.empty()) out["post"] = s.post;  // schedules of before there were such posts keep their bytes
  return out;
}

json::object to_json(const FollowUp& entry) {
  json::object out{{"number", entry.number}, {"period", period_id(entry.period)}};
  put(out, "progress", entry.progress);
  put(out, "effect", entry.effect);
  out["facts"] = to_json(entry.facts);
  put(out, "issues", entry.issues);
  put(out, "causes", entry.causes);
  if (entry.light) out["status"] = word_of(kLights, *entry.light);
  put(out, "next_action", entry.next_action);
  out["review_target"] = entry.review_target;
  out["review_kpi"] = entry.review_kpi;
  put(out, "review_reason", entry.review_reason);
  json::object lines;
  for (const auto& [key, values] : entry.lines) lines[key] = to_json(values);
  if (!lines.empty()) out["lines"] = std::move(lines);  // entries of before there were rows keep their bytes
  return out;
}

FollowUp read_follow_up(const json::value& value, std::vector<Fault>& faults) {
  ObjectReader reader(value, "", faults);
  FollowUp out;
  out.number = reader.string("number");
  if (auto period = period_from(reader.string("period")))
    out.period = *period;
  else
    reader.fault("period", {"期間は 2026 か 2026-Q1 の形です。", "A period is 2026 or 2026-Q1."});
  out.progress = read_actual(reader, "progress", faults);
  out.effect = read_actual(reader, "effect", faults);
  out.facts = reader.text("facts");
  out.issues = reader.optional_text("issues");
  out.causes = reader.optional_text("causes");
  out.light = from_word<Light>(kLights, reader.optional_string("status").value_or(""));
  out.next_action = reader.optional_text("next_action");
  out.review_target = reader.boolean("review_target", false);
  out.review_kpi = reader.boolean("review_kpi", false);
  out.review_reason = reader.optional_text("review_reason");
  if (const json::value* lines = reader.find("lines")) {
    if (!lines->is_object() || lines->get_object().size() > 2 * kMaxLines)
      reader.fault("lines", {"行の名前をキーとする、100行までのオブジェクトが必要です。", "An object of at most 100 rows is needed."});
    else
      for (const auto& one : lines->get_object())
        out.lines[std::string(one.key())] = read_year_values(one.value(), reader.at("lines") + "/" + std::string(one.key()), faults);
  }
  reader.finish();
  return out;
}

Result<Schedule> stored_schedule(std::string_view canonical) {
  std::vector<Fault> faults;
  auto value = TRY(parse_json(canonical));
  ObjectReader reader(value, "", faults);
  Schedule out;
  if (auto from = text::parse_date(reader.string("from")); from.ok())
    out.from = *from;
  else
    reader.fault("from", from.error().message);
  out.priority_fields = read_strings(reader, "priority_fields");
  out.priority_measures = read_strings(reader, "priority_measures");
  out.elsewhere = read_strings(reader, "elsewhere");
  out.due_days = int(reader.optional_integer("due_days").value_or(0));
  out.reminder_days.clear();
  reader.array("reminder_days", true, 100, [&](const json::value& one, std::string) {
    if (one.is_int64()) out.reminder_days.push_back(int(one.get_int64()));
  });
  out.repeat_days = int(reader.optional_integer("repeat_days").value_or(0));
  out.basis = reader.text("basis");
  out.post = reader.optional_string("post").value_or("");
  if (out.repeat_days < 1) reader.fault("repeat_days", {"1以上です。", "It is at least 1."});
  if (!faults.empty()) return damaged(std::move(faults));
  return out;
}

Result<FollowUp> stored_follow_up(std::string_view canonical) {
  std::vector<Fault> faults;
  auto value = TRY(parse_json(canonical));
  FollowUp out = read_follow_up(value, faults);
  if (!faults.empty()) return damaged(std::move(faults));
  return out;
}

Result<std::optional<Text>> stored_words(const std::optional<std::string>& canonical) {
  if (!canonical) return std::optional<Text>();
  std::vector<Fault> faults;
  auto value = TRY(parse_json(*canonical));
  auto out = ObjectReader(value, "", faults).optional_text("text");
  if (!faults.empty()) return damaged(std::move(faults));
  return out;
}

}  // namespace musubi::kpi
