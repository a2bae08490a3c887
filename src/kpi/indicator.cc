#include "kpi/indicator.h"

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "embedded/indicator_packs.h"
#include "kpi/json.h"
#include "kpi/rules.h"

namespace musubi::kpi {
namespace {

bool is_name(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= 80 && text.front() >= 'a' && text.front() <= 'z' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789" + std::string(more)) == text.npos;
}

json::value to_value(const FactValue& value) {
  return std::visit([](const auto& held) { return json::value(held); }, value);
}

// Conditions: {"online": true, "outcome": "granted"}.
std::vector<Condition> read_conditions(const json::value& value, const std::string& pointer, std::vector<Fault>& faults) {
  std::vector<Condition> conditions;
  if (!value.is_object() || value.get_object().size() > kMaxConditions) {
    faults.push_back(
        {pointer, {"最大 8 個の条件を持つオブジェクトにしてください。", "This must be an object of at most 8 conditions."}});
    return conditions;
  }
  for (const auto& [key, held] : value.get_object()) {
    Condition condition{std::string(key), false};
    if (held.is_bool())
      condition.value = held.get_bool();
    else if (held.is_int64())
      condition.value = held.get_int64();
    else if (held.is_string())
      condition.value = std::string(held.get_string());
    else
      faults.push_back({pointer + "/" + condition.fact,
                        {"真偽、整数、文字列のいずれかにしてください。", "Write a boolean, an integer or a string."}});
    if (!is_name(condition.fact, "_"))
      faults.push_back({pointer, {"事実の名前が正しくありません：" + condition.fact, "Not the name of a fact: " + condition.fact}});
    conditions.push_back(std::move(condition));
  }
  std::sort(conditions.begin(), conditions.end(), [](auto& a, auto& b) { return a.fact < b.fact; });
  return conditions;
}

std::string read_type(ObjectReader& reader, std::string_view key) {
  std::string type = reader.string(key, 120);
  if (!type.empty() && !is_name(type, "_."))
    reader.fault(
        key, {"記録の種類の名前が正しくありません。例: records.decided", "Not the name of a record type. Example: records.decided"});
  return type;
}

std::string read_fact(ObjectReader& reader, std::string_view key) {
  std::string fact = reader.string(key, 80);
  if (!fact.empty() && !is_name(fact, "_")) reader.fault(key, {"事実の名前が正しくありません。", "Not the name of a fact."});
  return fact;
}

std::vector<Condition> read_where(ObjectReader& reader, std::vector<Fault>& faults) {
  const json::value* where = reader.find("where");
  return where ? read_conditions(*where, reader.at("where"), faults) : std::vector<Condition>();
}

Series read_series(ObjectReader& reader, bool needs_fact, std::vector<Fault>& faults) {
  Series series;
  series.type = read_type(reader, "records");
  if (needs_fact) series.fact = read_fact(reader, "fact");
  series.conditions = read_where(reader, faults);
  return series;
}

Series read_part(ObjectReader& reader, std::string_view key, std::vector<Fault>& faults) {
  const json::value* value = reader.find(key);
  if (!value) {
    reader.fault(key, {"必須の項目がありません。", "This member is required."});
    return {};
  }
  ObjectReader part(*value, reader.at(key), faults);
  Series series = read_series(part, value->is_object() && value->get_object().contains("fact"), faults);
  part.finish();
  return series;
}

template <class T, std::size_t N>
T read_word(ObjectReader& reader, std::string_view key, const std::pair<std::string_view, T> (&words)[N], const Text& fault,
            bool required) {
  std::string word = required ? reader.string(key, 20) : reader.optional_string(key, 20).value_or("");
  for (const auto& [known, value] : words)
    if (word == known) return value;
  if (!word.empty()) reader.fault(key, fault);
  return words[0].second;
}

// Durations between two records of one stream.
Series read_pair(ObjectReader& reader, std::vector<Fault>& faults) {
  static constexpr std::pair<std::string_view, Pairs> kPairs[] = {{"first", Pairs::kFirst}, {"each", Pairs::kEach}};
  Series start = read_part(reader, "from", faults), end = read_part(reader, "until", faults);
  for (const auto& [key, part] : {std::pair{"from", &start}, {"until", &end}})
    if (!part->fact.empty())
      reader.fault(key, {"二つの記録の間の時間を数えるので、fact は書けません。",
                         "The time between two records is taken, so there can be no fact here."});
  start.until = Ending{end.type, end.conditions,
                       read_word(reader, "pairs", kPairs, {"first か each を書いてください。", "Write first or each."}, false)};
  start.spread = true;
  start.fact.clear();
  return start;
}

std::vector<std::string> read_by(ObjectReader& reader, std::vector<Fault>& faults) {
  std::vector<std::string> by;
  auto take = [&](const json::value& value, const std::string& pointer) {
    std::string name = value.is_string() ? std::string(value.get_string()) : "";
    if (!is_name(name, "_"))
      faults.push_back({pointer, {"事実の名前を書いてください。", "Write the name of a fact."}});
    else if (std::find(by.begin(), by.end(), name) != by.end())
      faults.push_back({pointer, {"同じ名前が二度あります：" + name, "The same name occurs twice: " + name}});
    else
      by.push_back(std::move(name));
  };
  const json::value* value = reader.find("by");
  if (!value) return by;
  if (!value->is_array()) {
    take(*value, reader.at("by"));
    return by;
  }
  const auto& all = value->get_array();
  if (all.empty() || all.size() > kMaxAttributes)
    reader.fault("by", {"分け方は 1 から 3 個にしてください。", "Give one to three attributes."});
  for (std::size_t i = 0; i < std::min(all.size(), kMaxAttributes); ++i) take(all[i], reader.at("by") + "/" + std::to_string(i));
  return by;
}

void read_percentile(ObjectReader& reader, Formula& formula, bool median) {
  static constexpr std::pair<std::string_view, OpenPairs> kOpen[] = {
      {"left_out", OpenPairs::kLeftOut}, {"so_far", OpenPairs::kSoFar}, {"longest", OpenPairs::kLongest}};
  static constexpr std::pair<std::string_view, bool> kUnits[] = {{"hours", false}, {"seconds", true}};
  formula.of.spread = true;
  if (reader.find("in"))
    formula.of.in_seconds = read_word(reader, "in", kUnits, {"hours か seconds を書いてください。", "Write hours or seconds."}, false);
  formula.percentile = 50;
  if (!median) {
    auto percentile = reader.optional_integer("percentile");
    if (!percentile || *percentile < 1 || *percentile > 99)
      reader.fault("percentile", {"1 から 99 の整数にしてください。", "This must be an integer from 1 to 99."});
    else
      formula.percentile = int(*percentile);
  }
  if (formula.of.until)
    formula.open = read_word(reader, "open", kOpen,
                             {"left_out、so_far、longest のいずれかを書いてください。", "Write left_out, so_far or longest."}, true);
}

void read_formula(ObjectReader& reader, Formula& formula, std::vector<Fault>& faults) {
  static constexpr std::pair<std::string_view, FormulaKind> kKinds[] = {
      {"count", FormulaKind::kCount},           {"sum", FormulaKind::kSum},
      {"distinct", FormulaKind::kDistinct},     {"ratio", FormulaKind::kRatio},
      {"percentile", FormulaKind::kPercentile}, {"median", FormulaKind::kPercentile},
      {"uptime", FormulaKind::kUptime}};
  std::size_t before = faults.size();
  formula.kind = read_word(reader, "kind", kKinds,
                           {"count、sum、distinct、ratio、percentile、median、uptime のいずれかを書いてください。",
                            "Write count, sum, distinct, ratio, percentile, median or uptime."},
                           true);
  if (faults.size() > before) return;
  bool median = reader.optional_string("kind", 20) == "median";
  bool may_pair = formula.kind == FormulaKind::kPercentile || formula.kind == FormulaKind::kCount;
  if (formula.kind == FormulaKind::kRatio) {
    formula.of = read_part(reader, "of", faults);
    formula.to = read_part(reader, "to", faults);
  } else if (may_pair && (reader.find("from") || reader.find("until"))) {
    formula.of = read_pair(reader, faults);
  } else {
    bool counts = formula.kind == FormulaKind::kCount || formula.kind == FormulaKind::kDistinct;
    formula.of = read_series(reader, !counts, faults);
  }
  if (formula.kind == FormulaKind::kPercentile) read_percentile(reader, formula, median);
  if (formula.kind == FormulaKind::kUptime) formula.of.month_fact = "month";
  formula.of.by = read_by(reader, faults);
  if (formula.kind == FormulaKind::kDistinct) {
    if (reader.find("values_of"))
      formula.of.values_of = read_fact(reader, "values_of");
    else if (formula.of.by.size() != 1)
      reader.fault("values_of",
                   {"どの事実の異なる値を数えるかを書いてください。", "Say of which fact the different values are counted."});
  }
  if (formula.to) formula.to->by = formula.of.by;
  reader.finish();
}

void read_by_titles(ObjectReader& reader, Indicator& out, std::vector<Fault>& faults) {
  const json::value* titles = reader.find("by_title");
  if (titles && titles->is_array()) {
    reader.array("by_title", false, kMaxAttributes, [&](const json::value& one, std::string at) {
      ObjectReader title(one, std::move(at), faults);
      out.by_titles.push_back({title.string("ja", 200), title.string("en", 200)});
      title.finish();
    });
  } else if (titles) {
    if (auto title = reader.optional_text("by_title", 200)) out.by_titles.push_back(*title);
  }
  if (!out.by_titles.empty() && out.by_titles.size() != out.formula.of.by.size())
    reader.fault("by_title", {"分け方（by）と同じ数だけ書いてください。", "Give as many as there are attributes in `by`."});
}

Indicator read_indicator(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Indicator out;
  out.id = reader.string("id", 80);
  if (!out.id.empty() && !is_name(out.id, "-"))
    reader.fault("id", {"小文字、数字、ハイフンで書いてください。", "Use lower-case letters, digits and hyphens."});
  out.title = reader.text("title", kMaxTextBytes);
  out.definition = reader.text("definition", kMaxTextBytes);
  out.unit = reader.text("unit", 80);
  std::string direction = reader.string("direction", 8);
  if (!direction.empty() && direction != "up" && direction != "down")
    reader.fault("direction", {"up か down を書いてください。", "Write up or down."});
  out.up = direction != "down";
  out.persons = reader.boolean("persons", true);
  if (const json::value* formula = reader.find("formula")) {
    ObjectReader inside(*formula, reader.at("formula"), faults);
    if (formula->is_object()) {
      read_formula(inside, out.formula, faults);
      out.formula.identify();
      out.formula_json = formula->get_object();
    }
  } else {
    reader.fault("formula", {"必須の項目がありません。", "This member is required."});
  }
  read_by_titles(reader, out, faults);
  out.measures = read_plan_measures(reader, kMaxIndicatorMeasures, faults);
  reader.finish();
  return out;
}

json::object conditions_json(const std::vector<Condition>& conditions) {
  json::object where;
  for (const auto& condition : conditions) where[condition.fact] = to_value(condition.value);
  return where;
}

}  // namespace

json::object Series::definition() const {
  json::object out{{"records", type},
                   {"fact", fact},
                   {"spread", in_seconds ? json::value("seconds") : json::value(spread)},
                   {"where", conditions_json(conditions)},
                   {"by", json::value_from(by)},
                   {"values", values_of},
                   {"month", month_fact}};
  if (until)
    out["until"] =
        json::object{{"records", until->type}, {"where", conditions_json(until->conditions)}, {"each", until->pairs == Pairs::kEach}};
  return out;
}

void Formula::identify() {
  json::object definition{{"of", of.definition()}};
  if (to) definition["to"] = to->definition();
  id_ = to_hex(crypto::bytes(crypto::sha256(canonical_json(definition)))).substr(0, 16);
}

Error indicator_pack_faults(std::vector<Fault> faults) {
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid,
               "pack.faults",
               {"指標のパックに誤りが " + count + " 件あります。すべて直してから、もう一度読み込んでください。",
                "The pack of indicators has " + count + " fault(s). Correct them all and import it again."},
               std::move(faults)};
}

bool is_indicator_pack(std::string_view text) {
  auto value = parse_json(text, JsonLimits{kMaxIndicatorPackBytes, 16});
  if (!value.ok() || !value->is_object()) return false;
  const auto* kind = value->get_object().if_contains("kind");
  return kind && kind->is_string() && kind->get_string() == "indicators";
}

IndicatorPack read_indicator_pack(const json::value& value, std::vector<Fault>& faults) {
  IndicatorPack out;
  std::set<std::string> ids;
  ObjectReader reader(value, "", faults);
  if (reader.optional_integer("musubi_pack") != 1) reader.fault("musubi_pack", {"1 と書いてください。", "Write 1."});
  if (reader.string("kind", 40) != "indicators") reader.fault("kind", {"indicators と書いてください。", "Write indicators."});
  out.id = reader.string("id", 120);
  if (!out.id.empty() && !valid_plan_id(out.id))
    reader.fault("id", {"「国や組織.名前」の形で書いてください。", "Write it as country-or-organisation.name."});
  out.version = reader.string("version", 32);
  reader.array("indicators", true, kMaxIndicators, [&](const json::value& one, std::string pointer) {
    out.indicators.push_back(read_indicator(one, pointer, faults));
    const std::string& id = out.indicators.back().id;
    if (!id.empty() && !ids.insert(id).second)
      faults.push_back({pointer + "/id", {"同じ id の指標がもうあります：" + id, "There is an indicator of that id already: " + id}});
  });
  reader.finish();
  return out;
}

Result<IndicatorPack> read_indicators(std::string_view text) {
  auto value = TRY(parse_json(text, JsonLimits{kMaxIndicatorPackBytes, 16}));
  std::vector<Fault> faults;
  IndicatorPack pack = read_indicator_pack(value, faults);
  if (faults.empty()) return pack;
  return indicator_pack_faults(std::move(faults));
}

Result<Indicator> read_indicator_text(std::string_view text) {
  auto value = TRY(parse_json(text, JsonLimits{kMaxIndicatorPackBytes, 16}));
  std::vector<Fault> faults;
  Indicator out = read_indicator(value, "", faults);
  if (!faults.empty()) return indicator_pack_faults(std::move(faults));
  return out;
}

json::object to_json(const Indicator& indicator) {
  json::array titles;
  for (const auto& title : indicator.by_titles) titles.push_back(to_json(title));
  json::object out{{"id", indicator.id},
                   {"title", to_json(indicator.title)},
                   {"definition", to_json(indicator.definition)},
                   {"unit", to_json(indicator.unit)},
                   {"direction", indicator.up ? "up" : "down"},
                   {"persons", indicator.persons}};
  if (!titles.empty()) out["by_title"] = std::move(titles);
  out["formula"] = indicator.formula_json;
  out["measures"] = to_json(indicator.measures);
  return out;
}

const std::vector<Indicator>& embedded_indicators() {
  static const std::vector<Indicator> all = [] {
    std::vector<Indicator> out;
    for (const auto& file : embedded::indicator_packs()) {
      auto read = read_indicators(file.bytes);
      CHECK(read.ok());  // part of the binary, and a test reads each
      for (auto& one : read->indicators) out.push_back(std::move(one));
    }
    return out;
  }();
  return all;
}

const Indicator* find_indicator(std::string_view id) {
  for (const auto& one : embedded_indicators())
    if (one.id == id) return &one;
  return nullptr;
}

}  // namespace musubi::kpi
