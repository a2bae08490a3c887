// Reading. Part of sheet_json.h: shape only, strictly, every fault with its pointer.
#include <algorithm>
#include <charconv>
#include <limits>

#include "kpi/json.h"
#include "kpi/sheet_json.h"

namespace musubi::kpi {
namespace {

using Faults = std::vector<Fault>;

template <class E, std::size_t N>
E read_word(ObjectReader& reader, std::string_view key, const std::array<std::string_view, N>& words,
            std::optional<E> otherwise = std::nullopt) {
  auto given = otherwise ? reader.optional_string(key, 32).value_or("") : reader.string(key, 32);
  if (given.empty()) return otherwise.value_or(E{});
  if (auto found = from_word<E>(words, given)) return *found;
  std::string all;
  for (auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
  reader.fault(key, {"使える語のひとつを書いてください：" + all, "Write one of: " + all});
  return otherwise.value_or(E{});
}

template <class E, std::size_t N>
std::optional<E> maybe_word(ObjectReader& reader, std::string_view key, const std::array<std::string_view, N>& words) {
  if (!reader.find(key)) return std::nullopt;
  return read_word<E>(reader, key, words);
}

std::optional<Text> maybe_text(ObjectReader& reader, std::string_view key) { return reader.optional_text(key, kMaxTextBytes); }

std::optional<int> maybe_year(ObjectReader& reader, std::string_view key) {
  auto year = reader.optional_integer(key);
  return year ? std::optional(int(std::clamp<std::int64_t>(*year, -1, std::numeric_limits<int>::max()))) : std::nullopt;
}

int need_year(ObjectReader& reader, std::string_view key) {
  if (!reader.find(key)) reader.fault(key, {"必須の項目がありません。", "This member is required."});
  return maybe_year(reader, key).value_or(0);
}

SheetValue read_value(const json::value& value, std::string pointer, Faults& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  SheetValue out;
  if (!value.is_object()) return out;
  out.number = reader.optional_number("number");
  out.bound = read_word<Bound>(reader, "bound", kBounds, Bound::kExactly);
  out.cumulative = reader.boolean("cumulative", false);
  out.text = maybe_text(reader, "text");
  reader.finish();
  return out;
}

std::optional<SheetValue> maybe_value(ObjectReader& reader, std::string_view key, Faults& faults) {
  const json::value* value = reader.find(key);
  return value ? std::optional(read_value(*value, reader.at(key), faults)) : std::nullopt;
}

// An object whose keys are fiscal years.
template <class F>
void by_year(ObjectReader& reader, std::string_view key, Faults& faults, F each) {
  const json::value* value = reader.find(key);
  if (!value || !value->is_object()) {
    reader.fault(key, {"年度をキーとするオブジェクトが必要です。", "An object with fiscal years as keys is needed."});
    return;
  }
  if (value->get_object().size() > kMaxYears) {
    reader.fault(key, {"年度は60までです。", "At most 60 years are allowed."});
    return;
  }
  for (const auto& member : value->get_object()) {
    std::string_view digits(member.key().data(), member.key().size());
    int year = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), year);
    std::string where = reader.at(key) + "/" + std::string(digits);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 4 || year < kFirstYear || year > kLastYear)
      faults.push_back({where, {"年度は西暦4桁です。例: 2018", "A fiscal year is four digits: 2018."}});
    else
      each(year, member.value(), where);
  }
}

// Lists keep an empty element for each that cannot be read: what the rules find has the place that it has in the pack.
std::vector<std::string> strings(ObjectReader& reader, std::string_view key, Faults& faults) {
  std::vector<std::string> out;
  reader.array(key, true, kMaxListed, [&](const json::value& one, std::string where) {
    const json::string* word = one.if_string();
    const bool fits = word && !word->empty() && word->size() <= 120;
    if (!fits)
      faults.push_back({std::move(where), {"120バイトまでの空でない文字列が必要です。", "A string of 1 to 120 bytes is needed."}});
    out.emplace_back(fits ? std::string_view(*word) : std::string_view());
  });
  return out;
}

std::vector<Amount> amounts(ObjectReader& reader, std::string_view key, Faults& faults) {
  std::vector<Amount> out;
  reader.array(key, true, kMaxListed, [&](const json::value& one, std::string where) {
    ObjectReader amount(one, std::move(where), faults);
    if (!one.is_object()) return void(out.emplace_back());
    Amount read{need_year(amount, "fiscal_year"), read_word<AmountKind>(amount, "kind", kAmountKinds), 0};
    if (!amount.find("amount")) amount.fault("amount", {"必須の項目がありません。", "This member is required."});
    read.amount = amount.optional_integer("amount").value_or(0);
    if (read.amount > kMaxAmount || read.amount < -kMaxAmount) {
      amount.fault("amount", {"金額が大きすぎます。", "The amount is too large."});
      read.amount = 0;
    }
    amount.finish();
    out.push_back(read);
  });
  return out;
}

// A Text stands in an array: read it as the member of a wrapper, so that its faults bear their place.
std::vector<Text> texts(ObjectReader& reader, std::string_view key, bool required, Faults& faults) {
  std::vector<Text> out;
  reader.array(key, required, kMaxListed, [&](const json::value& one, std::string where) {
    std::vector<Fault> own;
    json::value wrapper = json::object{{"text", one}};
    ObjectReader wrapped(wrapper, "", own);
    out.push_back(wrapped.text("text", kMaxTextBytes));
    for (auto& fault : own) faults.push_back({where + fault.where.substr(5), fault.message});
  });
  return out;
}

std::vector<Law> laws(ObjectReader& reader, Faults& faults) {
  std::vector<Law> out;
  reader.array("laws", false, kMaxListed, [&](const json::value& one, std::string where) {
    ObjectReader law(one, std::move(where), faults);
    if (!one.is_object()) return void(out.emplace_back());
    Law read{law.text("title", kMaxTextBytes), law.optional_string("id", 15).value_or("")};
    law.finish();
    out.push_back(std::move(read));
  });
  return out;
}

// A required member that is an object of its own.
template <class F>
void inside(ObjectReader& reader, std::string_view key, bool required, Faults& faults, F read) {
  const json::value* value = reader.find(key);
  if (!value) {
    if (required) reader.fault(key, {"必須の項目がありません。", "This member is required."});
    return;
  }
  ObjectReader within(*value, reader.at(key), faults);
  if (!value->is_object()) return;
  read(within);
  within.finish();
}

void read_logic(ObjectReader& logic, SheetHeader& h, Faults& faults) {
  logic.array("nodes", true, kMaxListed, [&](const json::value& one, std::string where) {
    ObjectReader node(one, std::move(where), faults);
    if (!one.is_object()) return void(h.nodes.emplace_back());
    LogicNode read{node.string("id", 60), read_word<Stage>(node, "stage", kStages), node.text("title", kMaxTextBytes), {}};
    read.indicators = strings(node, "indicators", faults);
    read.qualitative = maybe_text(node, "qualitative");
    node.finish();
    h.nodes.push_back(std::move(read));
  });
  logic.array("links", true, kMaxListed, [&](const json::value& one, std::string where) {
    ObjectReader link(one, std::move(where), faults);
    if (!one.is_object()) return void(h.links.emplace_back());
    h.links.push_back({link.string("from", 60), link.string("to", 60), link.text("reason", kMaxTextBytes)});
    link.finish();
  });
  h.no_stages = maybe_text(logic, "no_stages");
}

void read_judged(ObjectReader& reader, SheetHeader& h, Faults& faults) {
  inside(reader, "judgement", false, faults, [&](ObjectReader& one) {
    h.judgement = Judgement{one.string("scale", 60), one.string("step", 60), one.text("grounds", kMaxTextBytes),
                            maybe_text(one, "override_reason")};
    h.judgement->scale_revision = one.optional_integer("scale_revision");
    if (h.judgement->scale_revision.value_or(1) < 1) one.fault("scale_revision", {"1 以上の整数です。", "A whole number from 1 on."});
  });
  inside(reader, "stance", false, faults, [&](ObjectReader& one) {
    h.stance = Stance{one.string("category", 16), one.text("title", kMaxTextBytes), {}};
    h.stance->notes = texts(one, "notes", true, faults);
  });
  inside(reader, "logic", false, faults, [&](ObjectReader& one) { read_logic(one, h, faults); });
}

void read_lists(ObjectReader& reader, SheetHeader& h, Faults& faults) {
  reader.array("goals", true, kMaxListed, [&](const json::value& one, std::string where) {
    ObjectReader goal(one, std::move(where), faults);
    if (!one.is_object()) return void(h.goals.emplace_back());
    h.goals.push_back(
        {goal.string("id", 60), goal.text("title", kMaxTextBytes), maybe_text(goal, "factor"), maybe_text(goal, "next")});
    goal.finish();
  });
  reader.array("cabinet_policies", true, kMaxListed, [&](const json::value& one, std::string where) {
    ObjectReader policy(one, std::move(where), faults);
    if (!one.is_object()) return void(h.cabinet_policies.emplace_back());
    h.cabinet_policies.push_back({policy.text("title", kMaxTextBytes), policy.optional_string("date", 32)});
    policy.finish();
  });
  inside(reader, "money", true, faults, [&](ObjectReader& money) {
    h.money_unit = money.text("unit", 120);
    h.budget = amounts(money, "budget", faults);
  });
}

void read_header_members(ObjectReader& reader, SheetHeader& h, Faults& faults) {
  h.id = reader.string("id", 120);
  h.form = read_word<SheetForm>(reader, "form", kForms);
  h.printed_number = reader.text("printed_number", 120);
  inside(reader, "policy", true, faults, [&](ObjectReader& policy) {
    h.policy_number = policy.string("number", 16);
    h.policy_title = policy.text("title", kMaxTextBytes);
    h.field = policy.text("field", kMaxTextBytes);
  });
  h.fiscal_year = need_year(reader, "fiscal_year");
  h.office = reader.text("office", kMaxTextBytes);
  h.author_post = reader.text("author_post", kMaxTextBytes);
  h.month = reader.string("month", 7);
  inside(reader, "source", true, faults, [&](ObjectReader& source) {
    h.source_title = source.text("title", kMaxTextBytes);
    h.source_publisher = source.text("publisher", kMaxTextBytes);
    h.locator = source.text("locator", kMaxTextBytes);
  });
  for (auto [key, member] : {std::pair{"outcome", &h.outcome},
                             {"next", &h.next},
                             {"effects", &h.effects},
                             {"experts", &h.experts},
                             {"material", &h.material},
                             {"doubt", &h.doubt}})
    *member = maybe_text(reader, key);
  read_lists(reader, h, faults);
  h.owners = texts(reader, "owners", false, faults);
  h.laws = laws(reader, faults);
  read_judged(reader, h, faults);
}

}  // namespace

YearValues read_year_values(const json::value& value, std::string pointer, Faults& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  YearValues out;
  if (!value.is_object()) return out;
  out.target = maybe_value(reader, "target", faults);
  out.actual = maybe_value(reader, "actual", faults);
  out.latest_known_year = maybe_year(reader, "latest_known_year");
  out.provisional = reader.boolean("provisional", false);
  out.revised = reader.boolean("revised", false);
  if (const json::value* origin = reader.find("origin")) out.origin = read_origin(*origin, reader.at("origin"), faults);
  out.typed_reason = maybe_text(reader, "typed_reason");
  reader.finish();
  return out;
}

Line read_line(const json::value& value, std::string pointer, Faults& faults, bool of_measure) {
  ObjectReader reader(value, std::move(pointer), faults);
  Line out;
  if (!value.is_object()) return out;
  out.sub = reader.optional_string("sub", 16).value_or("");
  out.title = maybe_text(reader, "title");
  out.kind = read_word<IndicatorKind>(reader, "kind", kIndicatorKinds);
  out.nature = read_word<Nature>(reader, "nature", kNatures);
  out.direction = read_word<Direction>(reader, "direction", kDirections);
  out.gathering = read_word<Gathering>(reader, "gathering", kGatherings, Gathering::kLast);
  out.unit = maybe_text(reader, "unit");
  out.baseline = maybe_value(reader, "baseline", faults);
  out.baseline_year = maybe_year(reader, "baseline_year");
  by_year(reader, "yearly", faults, [&](int year, const json::value& one, std::string where) {
    out.yearly[year] = read_year_values(one, std::move(where), faults);
  });
  out.final_target = maybe_value(reader, "final", faults);
  out.final_year = maybe_year(reader, "final_year");
  out.not_set_due = maybe_text(reader, "not_set_due");
  out.note = maybe_text(reader, "note");
  out.computed = reader.optional_string("computed", kMaxIndicatorId).value_or("");
  if (of_measure) out.primary = reader.boolean("primary", false);
  reader.finish();
  return out;
}

SheetIndicator read_sheet_indicator(const json::value& value, std::string pointer, Faults& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  SheetIndicator out;
  if (!value.is_object()) return out;
  out.number = reader.string("number", 16);
  out.goal = reader.string("goal", 60);
  out.title = reader.text("title", kMaxTextBytes);
  out.primary = reader.boolean("primary", false);
  reader.array("lines", true, kMaxLines,
               [&](const json::value& one, std::string where) { out.lines.push_back(read_line(one, std::move(where), faults)); });
  for (auto [key, member] : {std::pair{"reason", &out.reason},
                             {"causal_link", &out.causal_link},
                             {"target_basis", &out.target_basis},
                             {"mark_reason", &out.mark_reason},
                             {"factor", &out.factor},
                             {"fate_note", &out.fate_note},
                             {"doubt", &out.doubt}})
    *member = maybe_text(reader, key);
  out.mark = maybe_word<Mark>(reader, "mark", kMarks);
  out.in_words = maybe_word<Mark>(reader, "in_words", kMarks);
  out.fate = maybe_word<Fate>(reader, "fate", kFates);
  out.locator = reader.text("locator", kMaxTextBytes);
  out.id = reader.optional_string("id", kMaxIndicatorId).value_or("");
  out.measures = read_plan_measures(reader, kMaxListed, faults);
  reader.finish();
  return out;
}

Programme read_programme(const json::value& value, std::string pointer, Faults& faults) {
  ObjectReader reader(value, std::move(pointer), faults);
  Programme out;
  if (!value.is_object()) return out;
  out.number = reader.string("number", 16);
  out.title = reader.text("title", kMaxTextBytes);
  out.start_year = maybe_year(reader, "start_year");
  out.amounts = amounts(reader, "amounts", faults);
  out.indicators = strings(reader, "indicators", faults);
  by_year(reader, "review_numbers", faults, [&](int year, const json::value& one, std::string where) {
    const json::string* number = one.if_string();
    if (number && !number->empty() && number->size() <= 32)
      out.review_numbers[year] = std::string(*number);
    else
      faults.push_back({std::move(where), {"32バイトまでの番号が必要です。", "A number of 1 to 32 bytes is needed."}});
  });
  for (auto [key, member] : {std::pair{"outcome", &out.outcome},
                             {"activity", &out.activity},
                             {"contribution", &out.contribution},
                             {"owner", &out.owner},
                             {"doubt", &out.doubt}})
    *member = maybe_text(reader, key);
  out.locator = reader.text("locator", kMaxTextBytes);
  out.laws = laws(reader, faults);
  out.measures = read_plan_measures(reader, kMaxListed, faults);
  reader.finish();
  return out;
}

SheetHeader read_sheet_header(const json::value& value, Faults& faults) {
  SheetHeader header;
  ObjectReader reader(value, "", faults);
  if (!value.is_object()) return header;
  read_header_members(reader, header, faults);
  reader.finish();
  return header;
}

Sheet read_sheet_document(const json::value& value, Faults& faults) {
  Sheet sheet;
  ObjectReader reader(value, "", faults);
  if (!value.is_object()) return sheet;
  if (auto version = reader.optional_integer("musubi_pack"); version && *version != 1)
    reader.fault("musubi_pack", {"この版の Musubi が読めるのは 1 だけです。", "This Musubi reads version 1 only."});
  else if (!value.get_object().contains("musubi_pack"))
    reader.fault("musubi_pack", {"必須の項目がありません。", "This member is required."});
  if (std::string kind = reader.string("kind"); !kind.empty() && kind != "sheet")
    reader.fault("kind", {"評価書・事前分析表のパックではありません。\"sheet\" が必要です。",
                          "This is no pack of a sheet: \"sheet\" is needed."});
  read_header_members(reader, sheet.header, faults);
  reader.array("indicators", true, kMaxSheetIndicators, [&](const json::value& one, std::string where) {
    if (faults.size() < kMaxFaults) sheet.indicators.push_back(read_sheet_indicator(one, std::move(where), faults));
  });
  reader.array("programmes", true, kMaxProgrammes, [&](const json::value& one, std::string where) {
    if (faults.size() < kMaxFaults) sheet.programmes.push_back(read_programme(one, std::move(where), faults));
  });
  reader.finish();
  return sheet;
}

}  // namespace musubi::kpi
