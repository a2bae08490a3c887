// From a draft to filings: what is signed, and the one transaction that makes rows, records and messages.
#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "procedures/flow.h"
#include "procedures/guide.h"
#include "procedures/json.h"
#include "procedures/list.h"
#include "procedures/rules.h"
#include "procedures/store.h"
#include "procedures/types.h"
#include "text/normalise.h"

namespace musubi::procedures {
namespace {

// One form as it will be sent; kept with the draft between list and signature.
struct Planned {
  std::string reference, recipient, procedure, salt;
  std::int64_t version = 0, fields = 0, fetched = 0;
  json::object form, sources, contests;
  std::vector<std::string> further;
  bool contest = false;

  ListedForm listed() const { return {recipient, procedure, form_digest(salt, form), version}; }
};

json::object to_json(const Planned& p) {
  return {{"reference", p.reference}, {"recipient", p.recipient}, {"procedure", p.procedure},      {"salt", to_base64(p.salt)},
          {"version", p.version},     {"fields", p.fields},       {"fetched", p.fetched},          {"form", p.form},
          {"sources", p.sources},     {"contests", p.contests},   {"further", strings(p.further)}, {"contest", p.contest}};
}

Planned planned_from(const json::object& o) {
  Planned p{string_at(o, "reference"), string_at(o, "recipient"), string_at(o, "procedure"),
            from_base64(string_at(o, "salt")).value_or("")};
  p.version = integer_at(o, "version");
  p.fields = integer_at(o, "fields");
  p.fetched = integer_at(o, "fetched");
  p.form = o.at("form").as_object();
  p.sources = o.at("sources").as_object();
  if (auto* contests = o.if_contains("contests"); contests && contests->is_object()) p.contests = contests->get_object();
  for (const auto& one : o.at("further").as_array()) p.further.emplace_back(one.as_string());
  p.contest = o.at("contest").as_bool();
  return p;
}

json::object sources_of(const Basket& basket, const json::object& form) {
  json::object out;
  for (const auto& [field, source] : basket.sources)
    if (form.contains(field) && source.contest.empty())
      out[field] = json::object{{"organisation", source.organisation}, {"at", source.at.us}};
  return out;
}

// What was told for a field of the form and is not right, for whoever judges the form: as the person was shown it, and why.
json::object contests_of(const Basket& basket, const Pack& pack, const Surroundings& around, const json::object& form) {
  json::object out;
  for (const auto& [id, source] : basket.sources) {
    const Field* field = pack.field(id);
    auto* value = form.if_contains(id);
    if (!field || !value || source.contest.empty() || *value == source.told) continue;
    out[id] = json::object{{"organisation", source.organisation},
                           {"told", std::string(text::first_code_points(show_value(*field, source.told, around).ja, 2000))},
                           {"reason", source.contest}};
  }
  return out;
}

constexpr std::size_t kExactAtMost = 2000;  // code points, as the form's field allows; bytes are never fewer

// Each contested value becomes a request to correct the record at its source.
void add_corrections(const Basket& basket, const Pack& pack, const Surroundings& around, std::vector<Planned>& out) {
  const Procedure* correction = pack.procedure("correction");
  if (!correction || !basket.amends.empty()) return;
  for (const auto& [id, source] : basket.sources) {
    const Field* field = pack.field(id);
    if (source.contest.empty() || !field) continue;
    auto* value = basket.answers.if_contains(id);
    Planned p{new_reference(), source.organisation, correction->id, crypto::random_bytes(16), correction->version, 5, 2};
    p.form = {{"correction_item", std::string(text::first_code_points(field->label.ja, 100))},
              {"correction_told", correction_text(*field, source.told, around)},
              {"correction_wanted", correction_text(*field, value ? *value : json::value(nullptr), around)},
              {"correction_reason", source.contest}};
    std::string exact = value ? canonical_json(*value) : "null";  // what the office's program reads
    p.form["correction_field"] = source.item;
    p.form["correction_value"] = exact.size() <= kExactAtMost ? exact : "null";
    if (auto* name = basket.answers.if_contains("applicant_name"); name && !is_empty_value(*name)) p.form["applicant_name"] = *name;
    p.contest = true;
    out.push_back(std::move(p));
  }
}

Result<std::vector<Planned>> plan(const Basket& basket, const Pack& pack, const Surroundings& around,
                                  const std::string& recipient_of_amended) {
  std::vector<Planned> out;
  for (const auto& id : basket.procedures) {
    const Procedure* procedure = pack.procedure(id);
    if (!procedure) continue;
    FilledForm filled = fill_form(pack, *procedure, basket);
    Planned p{basket.amends.empty() ? new_reference() : basket.amends,
              recipient_of_amended,
              id,
              crypto::random_bytes(16),
              procedure->version,
              filled.fields,
              filled.fetched};
    if (p.recipient.empty()) p.recipient = member_in_role(pack, procedure->recipient, basket.answers, around.members).id;
    if (p.recipient.empty())
      return Error{Code::kConflict,
                   "basket.nobody",
                   {"「" + procedure->title.ja + "」の届け先が見つかりません。案内の答えを確かめてください。",
                    "Nobody takes \"" + procedure->title.en + "\". Check the answers of the guide."},
                   {}};
    p.sources = sources_of(basket, filled.form);
    p.contests = contests_of(basket, pack, around, filled.form);
    p.form = std::move(filled.form);
    p.further = std::move(filled.further);
    out.push_back(std::move(p));
  }
  add_corrections(basket, pack, around, out);
  return out;
}

Error changed_after() {
  return Error{
      Code::kConflict,
      "basket.changed_after_signing",
      {"署名のあとで内容が変わったか、署名の手続が途切れました。何も送っていません。内容を確かめて、もう一度署名してください。",
       "The answers changed after signing, or signing was interrupted. Nothing was sent. Check them and sign again."},
      {}};
}

json::array files_of(const json::object& form, const std::vector<store::DraftFile>& files) {
  json::array out;
  for (const auto& file : files)
    if (auto* value = form.if_contains(file.field); value && value->is_object())
      out.push_back(json::object{{"field", file.field},
                                 {"name", string_at(value->get_object(), "name")},
                                 {"type", string_at(value->get_object(), "type")},
                                 {"content", to_base64(file.content)}});
  return out;
}

// The act itself, inside its transaction.
class Submission {
 public:
  Submission(db::Transaction& tx, const store::DraftRow& draft, std::string jws, const Neighbours& neighbours, Time now)
      : tx_(tx), basket_(draft.basket), jws_(std::move(jws)), neighbours_(neighbours), now_(now) {}

  Result<void> run(const std::vector<Planned>& planned) {
    auto files = TRY(store::draft_files(tx_, basket_.id));
    TRY(store::put_basket(tx_, {basket_.id, basket_.person, jws_, basket_.event, basket_.pack, basket_.pack_version, now_}));
    TRY(evidence::append(tx_, {.type = record_type("procedures.submitted"),
                               .stream = "procedures/basket/" + basket_.id,
                               .actor = basket_.person,
                               .facts = {{"event", basket_.event}, {"filings", std::int64_t(planned.size())}},
                               .body = json::object{{"basket", basket_.id}, {"list", jws_}}}));
    for (const auto& one : planned) TRY(file(one, files));
    return store::drop_draft(tx_, basket_.id);
  }

 private:
  json::object origin_of(const Planned& p) const {
    json::object out;
    for (const auto& [field, source] : basket_.sources)
      if (p.sources.contains(field) || p.contests.contains(field)) {
        json::object one{{"organisation", source.organisation},
                         {"item", source.item},
                         {"at", source.at.us},
                         {"record", std::int64_t(source.record)}};
        if (!source.contest.empty()) one["contest"] = source.contest, one["told"] = source.told;
        out[field] = std::move(one);
      }
    return out;
  }

  Result<void> file(const Planned& p, const std::vector<store::DraftFile>& files) {
    bool again = !basket_.amends.empty(), amending = again;  // what the office never took is filed once more, under its reference
    json::array attached = files_of(p.form, files);
    store::FilingRow row;
    if (again) {
      auto known = TRY(store::filing(tx_, p.reference));
      if (!known || known->person != basket_.person) return no_such_filing();
      if (!can_amend(known->filing.state)) return filing_not_open();
      amending = known->filing.state != "rejected";
      row = std::move(*known);
    }
    Filing& f = row.filing;
    f.reference = p.reference;
    f.basket = basket_.id;
    f.procedure = p.procedure;
    f.recipient = p.recipient;
    f.version = p.version;
    f.form = p.form;
    f.state = amending ? "amending" : "sent";
    if (!amending) f.filed_at = now_;  // also of one that was refused: nobody had it
    f.changed_at = now_;
    row.person = basket_.person;
    row.salt = p.salt;
    row.files = json::serialize(attached);
    TRY(store::put_filing(tx_, row));
    TRY(store::put_origin(tx_, p.reference, {p.further, origin_of(p)}));
    TRY(store::add_status(tx_, p.reference, {f.state, state_title(f.state), now_, {}}));
    json::object body{{"reference", p.reference},
                      {"pack", basket_.pack},
                      {"procedure", p.procedure},
                      {"version", p.version},
                      {"form", p.form},
                      {"salt", to_base64(p.salt)},
                      {"list", jws_},
                      {"files", std::move(attached)},
                      {"sources", p.sources},
                      {"contests", p.contests},
                      {"fields", p.fields},
                      {"fetched", p.fetched},
                      {"filed_at", Time{now_.us - now_.us % 1'000'000}.rfc3339()}};
    std::string key = (amending ? "amend/" : "filing/") + (again ? basket_.id + "/" : "") + p.reference;
    // Under the record that follows.
    TRY(neighbours_.post(tx_,
                         {p.recipient, amending ? "amend" : "filing", basket_.person, p.further, std::move(body), key, p.reference}));
    TRY(evidence::append(
        tx_, {.type = record_type(amending ? "procedures.amended" : "procedures.filed"),
              .stream = "procedures/filing/" + p.reference,
              .actor = basket_.person,
              .facts = {{"procedure", p.procedure}, {"online", true}, {"fields", p.fields}, {"fetched", p.fetched}},
              .body = json::object{{"reference", p.reference}, {"recipient", p.recipient}, {"digest", form_digest(p.salt, p.form)}}}));
    if (p.contest)
      TRY(evidence::append(tx_, {.type = record_type("procedures.contested"),
                                 .stream = "procedures/filing/" + p.reference,
                                 .actor = basket_.person,
                                 .facts = {{"procedure", p.procedure}},
                                 .body = json::object{{"reference", p.reference}}}));
    return {};
  }

  db::Transaction& tx_;
  const Basket& basket_;
  std::string jws_;
  const Neighbours& neighbours_;
  Time now_;
};

}  // namespace

Result<std::string> Procedures::list_to_sign(const Basket& basket, const Pack& pack) {
  Surroundings around{text::jst_date(clock_.now()), neighbours_.members()};
  if (auto faults = faults_of_basket(pack, basket, around); !faults.empty())
    return Error{Code::kInvalid,
                 "basket.answers",
                 {"まだ答えていない、または直す必要のある項目があります。", "Some answers are missing or need to be put right."},
                 std::move(faults)};
  std::string text;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    auto row = TRY(store::draft(tx, basket.id));
    if (!row || row->basket.person != basket.person) return unknown_basket();
    if (row->basket.revision != basket.revision) return changed_after();
    std::string recipient;
    if (!basket.amends.empty()) {
      auto amended = TRY(store::filing(tx, basket.amends));
      if (!amended || amended->person != basket.person) return no_such_filing();
      recipient = amended->filing.recipient;
    }
    auto planned = TRY(plan(basket, pack, around, recipient));
    std::vector<ListedForm> listed;
    json::array kept;
    for (const auto& one : planned) {
      listed.push_back(one.listed());
      kept.push_back(to_json(one));
    }
    text = list_text(basket.id, listed);
    return store::keep_signing(tx, basket.id, json::serialize(json::object{{"list", text}, {"planned", std::move(kept)}}));
  }));
  return text;
}

Result<std::vector<Filing>> Procedures::submitted(std::string_view person, std::string_view basket) {
  return database_.read([&](db::Reader& reader) -> Result<std::vector<Filing>> {
    std::vector<Filing> out;
    for (auto& row : TRY(store::filings_in(reader, basket)))
      if (row.person == person) {
        TRY(store::recall(reader, row.filing));
        out.push_back(std::move(row.filing));
      }
    return out;
  });
}

Result<std::vector<Filing>> Procedures::submit(std::string_view person, std::string_view basket, std::string_view jws) {
  if (auto done = TRY(submitted(person, basket)); !done.empty()) return done;
  Time now = clock_.now();
  SignedList signed_list = TRY(neighbours_.verify_list(jws, now));
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    if (TRY(store::basket(tx, basket))) return {};  // the same post twice
    auto draft = TRY(store::draft(tx, basket));
    if (!draft || draft->basket.person != person) return unknown_basket();
    if (!draft->signing) return changed_after();
    auto kept = parse_json(*draft->signing, JsonLimits{4 << 20, 32});
    if (!kept.ok() || !kept->is_object()) return changed_after();
    if (string_at(kept->get_object(), "list") != signed_list.payload)
      return Error{Code::kConflict,
                   "basket.other_list",
                   {"署名されたのは、この下書きの一覧ではありません。何も送っていません。もう一度署名してください。",
                    "What was signed is not the list of this draft. Nothing was sent. Sign again."},
                   {}};
    std::vector<Planned> planned;
    const Pack* pack = embedded_pack(draft->basket.pack);
    for (const auto& one : kept->get_object().at("planned").as_array()) {
      planned.push_back(planned_from(one.as_object()));
      const Procedure* procedure = pack ? pack->procedure(planned.back().procedure) : nullptr;
      if (!procedure || procedure->version != planned.back().version) return changed_after();  // a newer form since: the draft stays
    }
    return Submission(tx, *draft, std::string(jws), neighbours_, now).run(planned);
  }));
  return submitted(person, basket);
}

}  // namespace musubi::procedures
