#include "procedures/pack.h"

#include <algorithm>
#include <atomic>
#include <set>

#include "base/check.h"
#include "embedded/procedure_packs.h"
#include "procedures/pack_rules.h"
#include "procedures/pack_stand_in.h"

namespace musubi::procedures {
namespace {

constexpr std::pair<FieldType, std::string_view> kTypes[] = {{FieldType::kText, "text"},       {FieldType::kLongText, "long_text"},
                                                             {FieldType::kKana, "kana"},       {FieldType::kPersonName, "person_name"},
                                                             {FieldType::kDate, "date"},       {FieldType::kNumber, "number"},
                                                             {FieldType::kDigits, "digits"},   {FieldType::kYesNo, "yes_no"},
                                                             {FieldType::kChoice, "choice"},   {FieldType::kChoices, "choices"},
                                                             {FieldType::kAddress, "address"}, {FieldType::kPostalCode, "postal_code"},
                                                             {FieldType::kPhone, "phone"},     {FieldType::kEmail, "email"},
                                                             {FieldType::kMember, "member"},   {FieldType::kFile, "file"},
                                                             {FieldType::kGroup, "group"}};

constexpr std::size_t kMostListed = 500;

// Turns the JSON of a pack into structs; every fault of shape goes to one list.
class PackReader {
 public:
  explicit PackReader(std::vector<Fault>& faults) : faults_(faults) {}

  Pack pack(const json::value& value) {
    Pack out;
    ObjectReader r(value, "", faults_);
    if (r.optional_integer("musubi_pack").value_or(0) != 1) r.fault("musubi_pack", {"1 が必要です。", "It must be 1."});
    if (r.string("kind", 40) != "procedures") r.fault("kind", {"procedures が必要です。", "It must be \"procedures\"."});
    out.id = r.string("id", 120);
    out.version = integer(r, "version", true);
    out.title = r.text("title");
    out.summary = r.text("summary");
    r.array("roles", true, 50, [&](const json::value& v, std::string at) { out.roles.push_back(role(v, std::move(at))); });
    r.array("fields", true, kMostListed,
            [&](const json::value& v, std::string at) { out.fields.push_back(field(v, std::move(at), 0)); });
    r.array("pages", true, 200, [&](const json::value& v, std::string at) { out.pages.push_back(page(v, std::move(at))); });
    r.array("events", true, 100, [&](const json::value& v, std::string at) { out.events.push_back(event(v, std::move(at))); });
    r.array("procedures", true, kMostListed,
            [&](const json::value& v, std::string at) { out.procedures.push_back(procedure(v, std::move(at))); });
    r.finish();
    return out;
  }

 private:
  std::int64_t integer(ObjectReader& r, std::string_view key, bool required) {
    auto value = r.optional_integer(key);
    if (!value && required) missing(r, key);
    return value.value_or(0);
  }
  void missing(ObjectReader& r, std::string_view key) {
    if (!r.find(key)) r.fault(key, {"必須の項目がありません。", "This member is required."});
  }
  Condition when(ObjectReader& r) {
    auto text = r.optional_string("when", 1000);
    if (!text) return {};
    auto condition = Condition::parse(*text);
    if (condition.ok()) return std::move(condition).value();
    r.fault("when", condition.error().message);
    return {};
  }
  std::vector<std::string> strings(ObjectReader& r, std::string_view key, bool required, std::size_t limit) {
    std::vector<std::string> out;
    r.array(key, required, limit, [&](const json::value& v, std::string at) {
      if (auto* text = v.if_string(); text && !text->empty() && text->size() <= 200)
        out.emplace_back(*text);
      else
        faults_.push_back(
            {std::move(at),
             {"空でない文字列（200バイトまで）が必要です。", "A string that is not empty, of at most 200 bytes, is needed."}});
    });
    return out;
  }
  std::vector<Text> texts(ObjectReader& r, std::string_view key, std::size_t limit) {
    std::vector<Text> out;
    r.array(key, true, limit, [&](const json::value& v, std::string at) {
      // A pair of languages as an element: read it as the member of an object of our own.
      std::vector<Fault> inner;
      const json::value pair = json::object{{"x", v}};
      ObjectReader reader(pair, "", inner);
      out.push_back(reader.text("x"));
      for (auto& fault : inner)
        faults_.push_back({at + fault.where.substr(std::min<std::size_t>(2, fault.where.size())), fault.message});
    });
    return out;
  }
  Role role(const json::value& value, std::string at) {
    ObjectReader r(value, std::move(at), faults_);
    Role out{r.string("id", 60), r.text("title"), r.string("kind", 60), r.optional_string("field", 60).value_or("")};
    r.finish();
    return out;
  }
  Choice choice(const json::value& value, std::string at) {
    ObjectReader r(value, std::move(at), faults_);
    Choice out{r.string("id", 60), r.text("title"), r.optional_text("hint")};
    r.finish();
    return out;
  }

  Field field(const json::value& value, std::string at, int level) {
    Field out;
    ObjectReader r(value, std::move(at), faults_);
    out.id = r.string("id", 60);
    std::string type = r.string("type", 40);
    auto known = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& one) { return one.second == type; });
    if (known != std::end(kTypes))
      out.type = known->first;
    else if (!type.empty())
      r.fault("type", {"「" + type + "」という種類の項目はありません。", "There is no type of field called \"" + type + "\"."});
    out.label = r.text("label");
    out.hint = r.optional_text("hint");
    out.required = r.boolean("required", true);
    out.when = when(r);
    out.min = r.optional_integer("min");
    out.max = r.optional_integer("max");
    out.earliest_days = r.optional_integer("earliest_days");
    out.latest_days = r.optional_integer("latest_days");
    r.array("choices", false, 100,
            [&](const json::value& v, std::string where) { out.choices.push_back(choice(v, std::move(where))); });
    out.member_kind = r.optional_string("member_kind", 60).value_or("");
    out.accept = strings(r, "accept", false, 10);
    if (const json::value* source = r.find("source")) {
      ObjectReader s(*source, r.at("source"), faults_);
      out.source = Source{s.string("role", 60), s.string("item", 80)};
      s.finish();
    }
    out.autocomplete = r.optional_string("autocomplete", 60).value_or("");
    out.within = r.optional_string("within", 60).value_or("");
    out.entry = r.optional_text("entry");
    if (level == 0) {
      r.array("fields", false, 20,
              [&](const json::value& v, std::string where) { out.fields.push_back(field(v, std::move(where), 1)); });
    }
    r.finish();
    return out;
  }

  FormPage page(const json::value& value, std::string at) {
    ObjectReader r(value, std::move(at), faults_);
    FormPage out{r.string("id", 60), r.text("title"), r.optional_text("hint"), when(r), strings(r, "fields", true, 20)};
    r.finish();
    return out;
  }

  Event event(const json::value& value, std::string at) {
    Event out;
    ObjectReader r(value, std::move(at), faults_);
    out.id = r.string("id", 60);
    out.title = r.text("title");
    out.summary = r.text("summary");
    out.words = strings(r, "words", false, 100);
    out.questions = strings(r, "questions", true, 30);
    r.array("stops", false, 30, [&](const json::value& v, std::string where) {
      ObjectReader s(v, std::move(where), faults_);
      missing(s, "when");
      out.stops.push_back({when(s), s.text("title"), s.text("text")});
      s.finish();
    });
    r.array("list", true, 200, [&](const json::value& v, std::string where) {
      ObjectReader s(v, std::move(where), faults_);
      out.list.push_back({s.string("procedure", 60), when(s), s.text("why")});
      s.finish();
    });
    r.array("elsewhere", false, 50, [&](const json::value& v, std::string where) {
      ObjectReader s(v, std::move(where), faults_);
      out.elsewhere.push_back({s.text("title"), s.text("text"), when(s), s.optional_string("link", 500).value_or("")});
      s.finish();
    });
    r.finish();
    return out;
  }

  FormUse use(const json::value& value, std::string at) {
    if (auto* id = value.if_string()) return {std::string(*id), std::nullopt, {}};
    ObjectReader r(value, std::move(at), faults_);
    FormUse out{r.string("field", 60), std::nullopt, when(r)};
    if (r.find("required")) out.required = r.boolean("required", true);
    r.finish();
    return out;
  }

  PermitLine permit(const json::value& value, std::string at) {
    ObjectReader r(value, std::move(at), faults_);
    PermitLine out{r.string("asking", 80), r.string("answering", 80), strings(r, "items", true, 50), r.text("purpose"),
                   r.text("legal_basis")};
    r.finish();
    return out;
  }

  Decision decision(const json::value& value, std::string at) {
    ObjectReader r(value, std::move(at), faults_);
    Decision out{r.string("id", 60), r.text("title"), texts(r, "body", 50), std::nullopt};
    if (auto days = r.optional_integer("validity_days")) out.validity_days = int(std::clamp<std::int64_t>(*days, -1, 100'000));
    r.finish();
    return out;
  }

  void deadline(ObjectReader& r, Procedure& out) {
    const json::value* value = r.find("deadline");
    if (!value) return;
    ObjectReader d(*value, r.at("deadline"), faults_);
    Deadline line{d.text("text"), d.string("field", 60), int(std::clamp<std::int64_t>(integer(d, "days", true), -1, 100'000)),
                  d.boolean("before", false)};
    d.finish();
    out.deadline = std::move(line);
  }

  Procedure procedure(const json::value& value, std::string at) {
    Procedure out;
    ObjectReader r(value, std::move(at), faults_);
    out.id = r.string("id", 60);
    out.version = integer(r, "version", true);
    out.by_system = r.boolean("by_system", false);
    out.title = r.text("title");
    out.summary = r.text("summary");
    out.who = r.text("who");
    out.words = strings(r, "words", false, 100);
    out.recipient = r.string("recipient", 60);
    deadline(r, out);
    out.standard_days = int(std::clamp<std::int64_t>(integer(r, "standard_days", true), -1, 100'000));
    out.fee = r.text("fee");
    out.fee_yen = integer(r, "fee_yen", true);
    out.legal_basis = r.text("legal_basis");
    out.documents = texts(r, "documents", 30);
    out.after = strings(r, "after", false, 50);
    if (const json::value* effect = r.find("effect")) {
      if (auto* text = effect->if_string(); text && text->size() <= 80)
        out.effect = std::string(*text);
      else
        r.fault("effect", {"文字列（80バイトまで）が必要です。", "A string of at most 80 bytes is needed."});
    }
    r.array("form", true, 200, [&](const json::value& v, std::string where) { out.form.push_back(use(v, std::move(where))); });
    out.further = r.optional_string("further", 60).value_or("");
    r.array("route", true, 12, [&](const json::value& v, std::string where) {
      ObjectReader s(v, std::move(where), faults_);
      out.route.push_back({s.string("id", 60), s.text("title"), s.string("post", 60)});
      s.finish();
    });
    if (const json::value* found = r.find("decision"))
      out.decision = decision(*found, r.at("decision"));
    else
      r.fault("decision", {"必須の項目がありません。", "This member is required."});
    r.array("permits", true, 50, [&](const json::value& v, std::string where) { out.permits.push_back(permit(v, std::move(where))); });
    r.finish();
    return out;
  }

  std::vector<Fault>& faults_;
};

template <class T>
const T* find_in(const std::vector<T>& all, std::string_view id) {
  auto found = std::find_if(all.begin(), all.end(), [&](const T& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

// A fault of sense says nothing new at, around or below a place whose shape is wrong.
bool said(const std::set<std::string>& places, const std::string& where) {
  for (std::string place = where;; place.resize(place.rfind('/'))) {
    if (places.contains(place)) return true;
    if (place.find('/') == place.npos) break;
  }
  auto within = places.lower_bound(where + "/");
  return within != places.end() && within->starts_with(where + "/");
}

}  // namespace

std::string_view type_word(FieldType type) {
  for (const auto& [known, word] : kTypes)
    if (known == type) return word;
  return "";
}

const Field* Pack::field(std::string_view id) const { return find_in(fields, id); }
const Procedure* Pack::procedure(std::string_view id) const { return find_in(procedures, id); }
const Event* Pack::event(std::string_view id) const { return find_in(events, id); }
const Role* Pack::role(std::string_view id) const { return find_in(roles, id); }

Result<Pack> read_pack(std::string_view text) {
  auto value = TRY(parse_json(text, JsonLimits{kMaxPackBytes, 32}));
  std::vector<Fault> faults;
  Pack pack = PackReader(faults).pack(value);
  std::set<std::string> places;
  for (const auto& fault : faults) places.insert(fault.where);
  for (auto& fault : faults_of(pack))
    if (!said(places, fault.where)) faults.push_back(std::move(fault));
  if (faults.empty()) return pack;
  std::string count = std::to_string(faults.size());
  return Error{Code::kInvalid,
               "pack.faults",
               {"手続のパックに誤りが " + count + " 件あります。すべて直してから、もう一度読み込んでください。",
                "The pack of procedures has " + count + " fault(s). Correct them all and read it again."},
               std::move(faults)};
}

std::vector<PackFault> check_pack(std::string_view text) {
  constexpr std::size_t kShown = 100;
  auto pack = read_pack(text);
  if (pack.ok()) return {};
  std::vector<PackFault> out;
  const Error& error = pack.error();
  if (error.name != "pack.faults") {
    std::size_t line = 0;
    for (char c : error.faults.empty() ? std::string_view("1") : std::string_view(error.faults[0].where)) {
      if (c < '0' || c > '9' || line > 10'000'000) break;
      line = line * 10 + std::size_t(c - '0');
    }
    return {{std::max<std::size_t>(line, 1), "", error.message}};
  }
  auto value = parse_json(text, JsonLimits{kMaxPackBytes, 32});
  for (const auto& fault : error.faults) {
    if (out.size() == kShown) break;
    std::string pointer = fault.where;
    boost::system::error_code ec;
    // A missing member is shown at the line of what should hold it.
    while (!pointer.empty() && !value->find_pointer(pointer, ec)) pointer.resize(pointer.rfind('/'));
    out.push_back({line_of(text, pointer), fault.where, fault.message});
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  return out;
}

bool is_procedures_pack(std::string_view text) {
  auto value = parse_json(text, JsonLimits{kMaxPackBytes, 32});
  if (!value.ok() || !value->is_object()) return false;
  auto* kind = value->get_object().if_contains("kind");
  return kind && kind->is_string() && kind->get_string() == "procedures";
}

namespace {
std::atomic<const std::vector<Pack>*> standing_in = nullptr;
}  // namespace

PackStandIn::PackStandIn(Pack pack) : packs_(embedded_packs()) {
  CHECK(!standing_in.load());
  for (auto& one : packs_)
    if (one.id == pack.id) one = std::move(pack);
  standing_in = &packs_;
}

PackStandIn::~PackStandIn() { standing_in = nullptr; }

const std::vector<Pack>& embedded_packs() {
  if (const auto* other = standing_in.load()) return *other;
  static const std::vector<Pack> packs = [] {
    std::vector<Pack> out;
    for (const auto& file : embedded::procedure_packs()) {
      auto pack = read_pack(file.bytes);
      CHECK(pack.ok());  // part of the binary, and a test reads each
      out.push_back(std::move(pack).value());
    }
    return out;
  }();
  return packs;
}

const Pack* embedded_pack(std::string_view id) { return find_in(embedded_packs(), id); }

}  // namespace musubi::procedures
