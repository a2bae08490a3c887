#include "kpi/origin.h"

#include <algorithm>

#include "kpi/json.h"

namespace musubi::kpi {

namespace {

std::string read_digest(ObjectReader& reader, std::string_view key) {
  std::string out = reader.string(key, 64);
  if (out.size() != 64 || out.find_first_not_of("0123456789abcdef") != std::string::npos)
    reader.fault(key, {"SHA-256 の16進数64字が必要です。", "The 64 hexadecimal digits of a SHA-256 are needed."});
  return out;
}

OfReports read_reports(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  OfReports out;
  if (!value.is_object()) return out;
  out.organisations = reader.optional_integer("organisations").value_or(-1);
  out.of = reader.optional_integer("of").value_or(-1);
  for (auto [key, number] : {std::pair{"organisations", out.organisations}, {"of", out.of}})
    if (number < 1) reader.fault(key, {"組織の数が必要です。", "A number of organisations is needed."});
  out.digest = read_digest(reader, "digest");
  reader.finish();
  return out;
}

}  // namespace

json::object to_json(const Origin& origin) {
  json::object out{
      {"indicator", origin.indicator},           {"definition", origin.definition}, {"period", origin.period}, {"n", origin.n},
      {"records", std::int64_t(origin.records)}, {"at", origin.at.rfc3339()}};
  if (const auto& reports = origin.reported)
    out["reported"] = json::object{{"organisations", reports->organisations}, {"of", reports->of}, {"digest", reports->digest}};
  return out;
}

Origin read_origin(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Origin out;
  if (!value.is_object()) return out;
  out.indicator = reader.string("indicator", 120);
  out.definition = read_digest(reader, "definition");
  out.period = reader.string("period", 7);
  for (auto [key, least] : {std::pair{"n", 0}, {"records", 1}}) {
    auto number = reader.optional_integer(key);
    if (!number || *number < least)
      reader.fault(key, {"記録の件数が必要です。", "A number of records is needed."});
    else if (least == 0)
      out.n = *number;
    else
      out.records = std::uint64_t(*number);
  }
  std::string at = reader.string("at", 40);
  if (auto time = parse_rfc3339(at); time.ok())
    out.at = *time;
  else
    reader.fault("at", {"RFC 3339 の日時が必要です。", "A time of RFC 3339 is needed."});
  if (const json::value* reports = reader.find("reported")) out.reported = read_reports(*reports, reader.at("reported"), faults);
  reader.finish();
  return out;
}

}  // namespace musubi::kpi
