#include "kpi/json.h"

#include <algorithm>
#include <limits>

#include "kpi/sheet_json.h"

namespace musubi::kpi {
namespace {

json::array strings(const std::vector<std::string>& values) {
  json::array array;
  for (const auto& value : values) array.emplace_back(value);
  return array;
}

Kpi read_kpi(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Kpi kpi;
  if (!value.is_object()) return kpi;
  std::string status = reader.string("status");
  if (status == "set")
    kpi.status = KpiStatus::kSet;
  else if (status == "not_set")
    kpi.status = KpiStatus::kNotSet;
  else if (!status.empty() && status != "none")
    reader.fault("status", {"set、not_set、none のいずれかを書いてください。", "Write set, not_set or none."});
  kpi.text = reader.optional_text("text", kMaxTextBytes);
  kpi.due = reader.optional_text("due", kMaxTextBytes);
  reader.array("lines", false, kMaxLines, [&](const json::value& one, std::string where) {
    kpi.lines.push_back(read_line(one, std::move(where), faults, true));
  });
  reader.finish();
  return kpi;
}

Target read_target(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Target target;
  target.text = reader.text("text", kMaxTextBytes);
  target.value = reader.optional_number("value");
  target.unit = reader.optional_text("unit", kMaxTextBytes);
  if (auto year = reader.optional_integer("fiscal_year"))
    target.fiscal_year = int(std::clamp<std::int64_t>(*year, -1, std::numeric_limits<int>::max()));
  if (auto role = reader.optional_string("role")) target.role = *role;
  reader.finish();
  return target;
}

Milestone read_milestone(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Milestone milestone{reader.text("text", kMaxTextBytes), reader.optional_string("by", 32)};
  reader.finish();
  return milestone;
}

Baseline read_baseline(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Baseline baseline{reader.text("text", kMaxTextBytes), reader.optional_string("as_of", 32)};
  reader.finish();
  return baseline;
}

// A required member that is an object of its own. Nothing to read where it is missing: that is one fault.
template <class F>
auto nested(ObjectReader& reader, std::string_view key, std::vector<Fault>& faults, F read)
    -> decltype(read(json::value(), std::string(), faults)) {
  if (const json::value* value = reader.find(key)) return read(*value, reader.at(key), faults);
  reader.fault(key, {"必須の項目がありません。", "This member is required."});
  return {};
}

void read_header_members(ObjectReader& reader, PlanHeader& header, std::vector<Fault>& faults) {
  header.id = reader.string("id", 120);
  header.version = reader.string("version", 32);
  header.title = reader.text("title", kMaxTextBytes);
  header.summary = reader.text("summary", kMaxTextBytes);
  if (const json::value* value = reader.find("source")) {
    ObjectReader source(*value, reader.at("source"), faults);
    header.source_title = source.text("title", kMaxTextBytes);
    header.source_publisher = source.text("publisher", kMaxTextBytes);
    header.source_date = source.string("date", 32);
    source.finish();
  } else {
    reader.fault("source", {"必須の項目がありません。", "This member is required."});
  }
  reader.array("fields", true, kMaxListed, [&](const json::value& value, std::string pointer) {
    ObjectReader field(value, std::move(pointer), faults);
    header.fields.push_back({field.string("id", 120), field.text("title", kMaxTextBytes)});
    field.finish();
  });
  reader.array("sections", true, kMaxListed, [&](const json::value& value, std::string pointer) {
    ObjectReader section(value, std::move(pointer), faults);
    header.sections.push_back(
        {section.string("id", 9), section.text("title", kMaxTextBytes), section.optional_text("law_article", kMaxTextBytes)});
    section.finish();
  });
  header.serves_plan = reader.optional_string("serves_plan", 120).value_or("");
  if (const json::value* value = reader.find("period")) {
    ObjectReader period(*value, reader.at("period"), faults);
    for (auto [key, into] : {std::pair{"first_year", &header.first_year}, {"last_year", &header.last_year}})
      if (auto year = period.optional_integer(key)) *into = int(std::clamp<std::int64_t>(*year, -1, std::numeric_limits<int>::max()));
    period.finish();
  }
}

Error damaged(std::vector<Fault> faults) {
  return Error{Code::kCorrupt,
               "kpi.damaged",
               {"保存された計画の内容が読めません。`musubi verify` で調べてください。",
                "What is stored of the plan cannot be read. Run `musubi verify` to find the damage."},
               std::move(faults)};
}

}  // namespace

json::object to_json(const Text& text) { return {{"ja", text.ja}, {"en", text.en}}; }

json::object to_json(const Kpi& kpi) {
  json::object object{{"status", status_word(kpi.status)}};
  if (kpi.text) object["text"] = to_json(*kpi.text);
  if (kpi.due) object["due"] = to_json(*kpi.due);
  json::array lines;
  for (const auto& line : kpi.lines) lines.push_back(to_json(line));
  if (!lines.empty()) object["lines"] = std::move(lines);  // editions of before there were such rows stay as they are
  return object;
}

std::string_view status_word(KpiStatus status) {
  switch (status) {
    case KpiStatus::kSet: return "set";
    case KpiStatus::kNotSet: return "not_set";
    case KpiStatus::kNone: break;
  }
  return "none";
}

json::object to_json(const Measure& measure) {
  json::object object{{"number", measure.number},
                      {"section", measure.section},
                      {"field", measure.field},
                      {"title", to_json(measure.title)},
                      {"progress_kpi", to_json(measure.progress)},
                      {"effect_kpi", to_json(measure.effect)}};
  if (measure.target) {
    json::object target{{"text", to_json(measure.target->text)}};
    if (measure.target->value) target["value"] = *measure.target->value;
    if (measure.target->unit) target["unit"] = to_json(*measure.target->unit);
    if (measure.target->fiscal_year) target["fiscal_year"] = *measure.target->fiscal_year;
    if (measure.target->role != "target") target["role"] = measure.target->role;
    object["target"] = std::move(target);
  }
  json::array milestones;
  for (const auto& milestone : measure.milestones) {
    json::object one{{"text", to_json(milestone.text)}};
    if (milestone.by) one["by"] = *milestone.by;
    milestones.push_back(std::move(one));
  }
  object["milestones"] = std::move(milestones);
  if (measure.baseline) {
    json::object baseline{{"text", to_json(measure.baseline->text)}};
    if (measure.baseline->as_of) baseline["as_of"] = *measure.baseline->as_of;
    object["baseline"] = std::move(baseline);
  }
  object["systems"] = strings(measure.systems);
  if (!measure.serves.empty()) object["serves"] = strings(measure.serves);
  object["source"] = json::object{{"locator", to_json(measure.locator)}};
  if (measure.doubt) object["doubt"] = to_json(*measure.doubt);
  return object;
}

json::object to_json(const PlanHeader& header) {
  json::array fields, sections;
  for (const auto& field : header.fields) fields.push_back(json::object{{"id", field.id}, {"title", to_json(field.title)}});
  for (const auto& section : header.sections) {
    json::object one{{"id", section.id}, {"title", to_json(section.title)}};
    if (section.law_article) one["law_article"] = to_json(*section.law_article);
    sections.push_back(std::move(one));
  }
  json::object out{{"id", header.id},
                   {"version", header.version},
                   {"title", to_json(header.title)},
                   {"summary", to_json(header.summary)},
                   {"source", json::object{{"title", to_json(header.source_title)},
                                           {"publisher", to_json(header.source_publisher)},
                                           {"date", header.source_date}}},
                   {"fields", std::move(fields)},
                   {"sections", std::move(sections)}};
  if (!header.serves_plan.empty()) out["serves_plan"] = header.serves_plan;
  if (header.first_year || header.last_year) {
    json::object period;
    if (header.first_year) period["first_year"] = *header.first_year;
    if (header.last_year) period["last_year"] = *header.last_year;
    out["period"] = std::move(period);
  }
  return out;
}

json::object pack_of(const PlanDocument& document) {
  json::object pack{{"musubi_pack", 1}, {"kind", "plan"}};
  for (const auto& member : to_json(document.header)) pack[member.key()] = member.value();
  json::array measures;
  for (const auto& measure : document.measures) measures.push_back(to_json(measure));
  pack["measures"] = std::move(measures);
  return pack;
}

json::array to_json(const std::vector<PlanMeasure>& measures) {
  json::array out;
  for (const auto& one : measures) out.push_back(json::object{{"plan", one.plan}, {"number", one.number}});
  return out;
}

Measure read_measure(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Measure measure;
  if (!value.is_object()) return measure;
  measure.number = reader.string("number", 19);
  measure.section = reader.string("section", 9);
  measure.field = reader.string("field", 120);
  measure.title = reader.text("title", kMaxTextBytes);
  measure.progress = nested(reader, "progress_kpi", faults, read_kpi);
  measure.effect = nested(reader, "effect_kpi", faults, read_kpi);
  if (const json::value* target = reader.find("target")) measure.target = read_target(*target, reader.at("target"), faults);
  reader.array("milestones", true, kMaxListed, [&](const json::value& one, std::string where) {
    measure.milestones.push_back(read_milestone(one, std::move(where), faults));
  });
  if (const json::value* baseline = reader.find("baseline"))
    measure.baseline = read_baseline(*baseline, reader.at("baseline"), faults);
  for (auto [key, required, into] : {std::tuple{"systems", true, &measure.systems}, {"serves", false, &measure.serves}})
    reader.array(key, required, kMaxListed, [&, into = into](const json::value& one, std::string where) {
      const json::string* id = one.if_string();
      if (!id)
        faults.push_back({std::move(where), {"何か書いてください。空にはできません。", "Write something; it cannot be empty."}});
      into->emplace_back(id ? std::string_view(*id) : std::string_view());
    });
  measure.locator = nested(reader, "source", faults, [](const json::value& one, std::string where, std::vector<Fault>& all) {
    ObjectReader source(one, std::move(where), all);
    if (!one.is_object()) return Text{};
    Text locator = source.text("locator", kMaxTextBytes);
    source.finish();
    return locator;
  });
  measure.doubt = reader.optional_text("doubt", kMaxTextBytes);
  reader.finish();
  return measure;
}

PlanHeader read_header(const json::value& value, std::vector<Fault>& faults) {
  PlanHeader header;
  ObjectReader reader(value, "", faults);
  if (!value.is_object()) return header;
  read_header_members(reader, header, faults);
  reader.finish();
  return header;
}

std::vector<PlanMeasure> read_plan_measures(ObjectReader& reader, std::size_t most, std::vector<Fault>& faults) {
  std::vector<PlanMeasure> out;
  reader.array("measures", false, most, [&](const json::value& one, std::string where) {
    ObjectReader measure(one, std::move(where), faults);
    if (!one.is_object()) return void(out.emplace_back());
    out.push_back({measure.string("plan", 120), measure.string("number", 32)});
    measure.finish();
  });
  return out;
}

PlanDocument read_document(const json::value& value, std::vector<Fault>& faults) {
  PlanDocument document;
  ObjectReader reader(value, "", faults);
  if (!value.is_object()) return document;
  if (auto version = reader.optional_integer("musubi_pack"); version && *version != 1)
    reader.fault("musubi_pack", {"この版の Musubi が読めるのは 1 だけです。", "This Musubi reads version 1 only."});
  else if (!value.get_object().contains("musubi_pack"))
    reader.fault("musubi_pack", {"必須の項目がありません。", "This member is required."});
  if (std::string kind = reader.string("kind"); !kind.empty() && kind != "plan")
    reader.fault("kind", {"計画のパックではありません。\"plan\" が必要です。", "This is no pack of a plan: \"plan\" is needed."});
  read_header_members(reader, document.header, faults);
  reader.array("measures", true, kMaxMeasures, [&](const json::value& one, std::string pointer) {
    if (faults.size() < kMaxFaults) document.measures.push_back(read_measure(one, std::move(pointer), faults));
  });
  reader.finish();
  return document;
}

Result<Measure> stored_measure(std::string_view canonical) {
  std::vector<Fault> faults;
  auto value = TRY(parse_json(canonical));
  Measure measure = read_measure(value, "", faults);
  if (!faults.empty()) return damaged(std::move(faults));
  return measure;
}

Result<PlanHeader> stored_header(std::string_view canonical) {
  std::vector<Fault> faults;
  auto value = TRY(parse_json(canonical));
  PlanHeader header = read_header(value, faults);
  if (!faults.empty()) return damaged(std::move(faults));
  return header;
}

void blank_texts(json::value& value) {
  if (auto* object = value.if_object()) {
    if (object->contains("ja") && object->contains("en")) {
      (*object)["ja"] = "（消去済み）";
      (*object)["en"] = "(erased)";
      return;
    }
    for (auto& member : *object) blank_texts(member.value());
  } else if (auto* array = value.if_array()) {
    for (auto& one : *array) blank_texts(one);
  }
}

}  // namespace musubi::kpi
