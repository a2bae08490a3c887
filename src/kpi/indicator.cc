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
    faults.push_back({pointer, {"最大 8 個の条件を持つオブジェクトにしてください。", "This must be an object of at most 8 conditions."}});
    return conditions;
  }
  for (const auto& [key, held] : value.get_object()) {
    Condition condition{std::string(key), false};
    if (held.is_bool()) condition.value = held.get_bool();
    else if (held.is_int64()) condition.value = held.get_int64();
    else if (held.is_string()) condition.value = std::string(held.get_string());
    else faults.push_back({pointer + "/" + condition.fact, {"真偽、整数、文字列のいずれかにしてください。", "Write a boolean, an integer or a string."}});
    if (!is_name(condition.fact, "_")) faults.push_back({pointer, {"事実の名前が正しくありません：" + condition.fact, "Not the name of a fact: " + condition.fact}});
    conditions.push_back(std::move(condition));
  }
  std::sort(conditions.begin(), conditions.end(), [](auto& a, auto& b) { return a.fact < b.fact; });
  return conditions;
}

Series read_series(ObjectReader& reader, bool needs_fact, std::vector<Fault>& faults) {
  Series series;
  series.type = reader.string("records", 120);
  if (!series.type.empty() && !is_name(series.type, "_.")) reader.fault("records", {"記録の種類の名前が正しくありません。", "Not the name of a record type."});
  if (needs_fact) {
    series.fact = reader.string("fact", 80);
    if (!series.fact.empty() && !is_name(series.fact, "_")) reader.fault("fact", {"事実の名前が正しくありません。", "Not the name of a fact."});
  }
  if (const json::value* where = reader.find("where")) series.conditions = read_conditions(*where, reader.at("where"), faults);
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

void read_formula(ObjectReader& reader, Formula& formula, std::vector<Fault>& faults) {
  static constexpr std::pair<std::string_view, FormulaKind> kKinds[] = {
      {"count", FormulaKind::kCount}, {"sum", FormulaKind::kSum}, {"distinct", FormulaKind::kDistinct},
      {"ratio", FormulaKind::kRatio}, {"percentile", FormulaKind::kPercentile}, {"uptime", FormulaKind::kUptime}};
  std::string kind = reader.string("kind", 20);
  bool known = false;
  for (auto [word, value] : kKinds)
    if (kind == word) formula.kind = value, known = true;
  if (!known) {
    if (!kind.empty()) reader.fault("kind", {"count、sum、distinct、ratio、percentile、uptime のいずれかを書いてください。", "Write count, sum, distinct, ratio, percentile or uptime."});
    return;
  }
  if (formula.kind == FormulaKind::kRatio) {
    formula.of = read_part(reader, "of", faults);
    formula.to = read_part(reader, "to", faults);
  } else {
    bool counts = formula.kind == FormulaKind::kCount || formula.kind == FormulaKind::kDistinct;
    formula.of = read_series(reader, !counts, faults);
  }
  if (formula.kind == FormulaKind::kPercentile) {
    auto percentile = reader.optional_integer("percentile");
    if (!percentile || *percentile < 1 || *percentile > 99) reader.fault("percentile", {"1 から 99 の整数にしてください。", "This must be an integer from 1 to 99."});
    else formula.percentile = int(*percentile);
    formula.of.spread = true;
  }
  if (formula.kind == FormulaKind::kUptime) formula.of.month_fact = "month";
  formula.of.by = reader.optional_string("by", 80).value_or("");
  if (formula.kind == FormulaKind::kDistinct && formula.of.by.empty()) reader.fault("by", {"何の種類を数えるかを書いてください。", "Say whose different values are counted."});
  if (formula.to) formula.to->by = formula.of.by;
  reader.finish();
}

Indicator read_indicator(const json::value& value, std::string pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Indicator out;
  out.id = reader.string("id", 80);
  if (!out.id.empty() && !is_name(out.id, "-")) reader.fault("id", {"小文字、数字、ハイフンで書いてください。", "Use lower-case letters, digits and hyphens."});
  out.title = reader.text("title", kMaxTextBytes);
  out.definition = reader.text("definition", kMaxTextBytes);
  out.unit = reader.text("unit", 80);
  out.by_title = reader.optional_text("by_title", 200);
  std::string direction = reader.string("direction", 8);
  if (!direction.empty() && direction != "up" && direction != "down") reader.fault("direction", {"up か down を書いてください。", "Write up or down."});
  out.up = direction != "down";
  out.persons = reader.boolean("persons", true);
  if (const json::value* formula = reader.find("formula")) {
    ObjectReader inside(*formula, reader.at("formula"), faults);
    if (formula->is_object()) {
      read_formula(inside, out.formula, faults);
      out.formula_text = pretty_json(*formula);
    }
  } else {
    reader.fault("formula", {"必須の項目がありません。", "This member is required."});
  }
  reader.array("measures", false, 50, [&](const json::value& one, std::string at) {
    ObjectReader measure(one, std::move(at), faults);
    out.measures.push_back({measure.string("plan", 120), measure.string("number", 20)});
    measure.finish();
  });
  reader.finish();
  return out;
}

}  // namespace

std::string Series::id() const {
  json::object where;
  for (const auto& condition : conditions) where[condition.fact] = to_value(condition.value);
  json::object definition{{"records", type}, {"fact", fact}, {"spread", spread}, {"where", std::move(where)}, {"by", by}, {"month", month_fact}};
  return to_hex(crypto::bytes(crypto::sha256(canonical_json(definition)))).substr(0, 16);
}

std::vector<Series> Formula::series() const {
  std::vector<Series> all = {of};
  if (to) all.push_back(*to);
  return all;
}

Result<std::vector<Indicator>> read_indicators(std::string_view text) {
  auto value = TRY(parse_json(text, JsonLimits{kMaxIndicatorPackBytes, 16}));
  std::vector<Fault> faults;
  std::vector<Indicator> out;
  std::set<std::string> ids;
  ObjectReader reader(value, "", faults);
  if (reader.optional_integer("musubi_pack") != 1) reader.fault("musubi_pack", {"1 と書いてください。", "Write 1."});
  if (reader.string("kind", 40) != "indicators") reader.fault("kind", {"indicators と書いてください。", "Write indicators."});
  if (std::string id = reader.string("id", 120); !id.empty() && !valid_plan_id(id)) reader.fault("id", {"「国や組織.名前」の形で書いてください。", "Write it as country-or-organisation.name."});
  static_cast<void>(reader.string("version", 32));
  reader.array("indicators", true, kMaxIndicators, [&](const json::value& one, std::string pointer) {
    out.push_back(read_indicator(one, pointer, faults));
    if (!out.back().id.empty() && !ids.insert(out.back().id).second)
      faults.push_back({pointer + "/id", {"同じ id の指標がもうあります：" + out.back().id, "There is an indicator of that id already: " + out.back().id}});
  });
  reader.finish();
  if (faults.empty()) return out;
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid, "pack.faults",
               {"指標のパックに誤りが " + count + " 件あります。すべて直してから、もう一度読み込んでください。",
                "The pack of indicators has " + count + " fault(s). Correct them all and import it again."}, std::move(faults)};
}

const std::vector<Indicator>& embedded_indicators() {
  static const std::vector<Indicator> all = [] {
    std::vector<Indicator> out;
    for (const auto& file : embedded::indicator_packs()) {
      auto read = read_indicators(file.bytes);
      CHECK(read.ok());  // part of the binary, and a test reads each
      for (auto& one : *read) out.push_back(std::move(one));
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
