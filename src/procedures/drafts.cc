// Drafts: begun from a guide, filled page by page, resumable anywhere, bounded in number, size and age.
#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "procedures/flow.h"
#include "procedures/guide.h"
#include "procedures/json.h"
#include "procedures/rules.h"
#include "procedures/store.h"
#include "text/normalise.h"

namespace musubi::procedures {
namespace {

Error too_many() {
  return Error{Code::kConflict,
               "basket.too_many",
               {"書きかけの手続が" + std::to_string(kDraftsAtMost) + "件あります。使わないものを消してから、もう一度始めてください。",
                "You have " + std::to_string(kDraftsAtMost) + " drafts. Delete one that you no longer need, then start again."},
               {}};
}

Error too_large() {
  return Error{Code::kTooLarge,
               "basket.too_large",
               {"一つの下書きに入る量を超えました。短くしてください。", "This is more than one draft holds. Please shorten it."},
               {}};
}

Result<Basket> own_draft(db::Reader& reader, std::string_view person, std::string_view id) {
  auto row = TRY(store::draft(reader, id));
  if (!row || row->basket.person != person) return unknown_basket();
  return std::move(row->basket);
}

// The next revision, if nobody else made it meanwhile.
Result<Basket> put_next(db::Transaction& tx, Basket changed, Time now) {
  Basket stored = TRY(own_draft(tx, changed.person, changed.id));
  if (stored.revision != changed.revision)
    return Error{Code::kConflict,
                 "basket.changed_meanwhile",
                 {"この下書きは、別の画面や端末で先に書き換えられました。開き直して、新しい内容を見てから続けてください。",
                  "This draft was changed in another window or on another device. Open it again and go on from what stands there."},
                 {}};
  ++changed.revision;
  changed.updated_at = now;
  if (json::serialize(to_json(changed)).size() > kDraftBytes) return too_large();
  TRY(store::put_draft(tx, changed));
  return changed;
}

// What one organisation is asked for, under one procedure.
struct Wanted {
  std::string organisation, procedure;
  std::vector<std::string> items;
  std::vector<const Field*> fields;
};

class Prefill {
 public:
  Prefill(Basket basket, const Pack& pack, const Neighbours& neighbours)
      : basket_(std::move(basket)), pack_(pack), neighbours_(neighbours) {
    members_ = neighbours_.members();
  }

  Basket run() {
    std::set<std::string> silent;  // organisations that failed: asked once only, so that nobody waits twice
    for (const auto& wanted : wanted_list()) {
      if (silent.contains(wanted.organisation)) continue;
      auto told = neighbours_.ask({wanted.organisation, wanted.procedure, basket_.id, basket_.person, wanted.items, "portal"});
      if (told.ok()) {
        take(wanted, *told);
        continue;
      }
      if (told.error().code == Code::kUnavailable) silent.insert(wanted.organisation);
      not_fetched(wanted, told.error().message);
    }
    for (const auto& id : silent) drop_waiting(id);
    basket_.fetched = true;
    return std::move(basket_);
  }

 private:
  // The procedure whose permits cover the most: so that one question does for as many items as the law lets it.
  const std::string& procedure_for(const Field& field, const Role& role) const {
    const std::string *best = nullptr, *first = nullptr;
    std::size_t most = 0;
    for (const auto& id : basket_.procedures) {
      const Procedure* p = pack_.procedure(id);
      if (!p || std::none_of(p->form.begin(), p->form.end(), [&](const FormUse& use) { return use.field == field.id; })) continue;
      if (!first) first = &id;
      for (const auto& line : p->permits) {
        bool covers = line.asking == "kind:portal" && line.answering == "kind:" + role.kind &&
                      std::find(line.items.begin(), line.items.end(), field.source->item) != line.items.end();
        if (!covers || line.items.size() <= most) continue;
        best = &id;
        most = line.items.size();
      }
    }
    return best ? *best : first ? *first : basket_.procedures.front();
  }

  std::vector<Wanted> wanted_list() {
    std::vector<Wanted> out;
    for (const auto& field : pack_.fields) {
      if (!field.source || !asked_for(field)) continue;
      if (auto* value = basket_.answers.if_contains(field.id); value && !is_empty_value(*value)) continue;
      const Role* role = pack_.role(field.source->role);
      Member member = member_in_role(pack_, field.source->role, basket_.answers, members_);
      if (!role || member.id.empty()) continue;
      const std::string& procedure = procedure_for(field, *role);
      auto found = std::find_if(out.begin(), out.end(),
                                [&](const Wanted& one) { return one.organisation == member.id && one.procedure == procedure; });
      if (found == out.end()) found = out.insert(out.end(), {member.id, procedure, {}, {}});
      if (std::find(found->items.begin(), found->items.end(), field.source->item) == found->items.end())
        found->items.push_back(field.source->item);
      found->fields.push_back(&field);
    }
    return out;
  }

  // By some form, whatever the conditions: they lean on answers that are not there yet.
  bool asked_for(const Field& field) const {
    return std::any_of(basket_.procedures.begin(), basket_.procedures.end(), [&](const std::string& id) {
      const Procedure* p = pack_.procedure(id);
      return p && std::any_of(p->form.begin(), p->form.end(), [&](const FormUse& use) { return use.field == field.id; });
    });
  }

  void take(const Wanted& wanted, const Told& told) {
    std::vector<std::string> unfit;
    for (const Field* field : wanted.fields) {
      auto* item = told.items.if_contains(field->source->item);
      json::value value = item ? fetched_value(*field, *item) : json::value(nullptr);
      if (is_empty_value(value)) {
        unfit.push_back(field->id);
        continue;
      }
      if (field->type == FieldType::kGroup) name_persons(value.get_array(), field->source->item, told);
      basket_.sources[field->id] = {wanted.organisation, field->source->item, told.at, told.record, "", value};
      basket_.answers[field->id] = std::move(value);
    }
    if (!unfit.empty())
      basket_.not_fetched.push_back({wanted.organisation,
                                     std::move(unfit),
                                     {"この項目の記録がありませんでした。お手数ですが入力してください。",
                                      "There was no record of this. Please enter it yourself."}});
  }

  void name_persons(json::array& entries, const std::string& item, const Told& told) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::string pointer = "/" + item + "/" + std::to_string(i);
      for (const auto& further : told.further) {
        if (further.index != pointer) continue;
        std::int64_t index = -1;  // the applicant
        if (further.code != basket_.person) {
          auto known = std::find(basket_.further.begin(), basket_.further.end(), further.code);
          index = known - basket_.further.begin();
          if (known == basket_.further.end()) basket_.further.push_back(further.code);
        }
        entries[i].as_object()["person"] = index;
      }
    }
  }

  void not_fetched(const Wanted& wanted, const Text& reason) {
    std::vector<std::string> fields;
    for (const Field* field : wanted.fields) fields.push_back(field->id);
    basket_.not_fetched.push_back({wanted.organisation, std::move(fields), reason});
  }
  // Questions that were not put any more share the reason of the one that was.
  void drop_waiting(const std::string& organisation) {
    auto first = std::find_if(basket_.not_fetched.begin(), basket_.not_fetched.end(),
                              [&](const NotFetched& one) { return one.organisation == organisation; });
    if (first == basket_.not_fetched.end()) return;
    for (const auto& wanted : wanted_list()) {
      if (wanted.organisation != organisation) continue;
      for (const Field* field : wanted.fields)
        if (std::find(first->fields.begin(), first->fields.end(), field->id) == first->fields.end())
          first->fields.push_back(field->id);
    }
  }

  Basket basket_;
  const Pack& pack_;
  const Neighbours& neighbours_;
  std::vector<Member> members_;
};

Error file_error(const std::string& field, Text message) {
  return Error{Code::kInvalid, "basket.file", message, {Fault{field, message}}};
}

}  // namespace

Error unknown_basket() {
  return Error{Code::kNotFound,
               "basket.unknown",
               {"その書きかけの手続はありません。90日のあいだ使わなかった下書きは消えます。",
                "There is no such draft. Drafts that were not used for 90 days are deleted."},
               {}};
}

Error no_such_filing() {
  return Error{Code::kNotFound,
               "filing.unknown",
               {"その届出はないか、あなたのものではありません。「あなたの手続」から選んでください。",
                "There is no such filing, or it is not yours. Choose one from \"Your procedures\"."},
               {}};
}

std::string new_reference() {
  static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  for (unsigned char byte : crypto::random_bytes(26)) out += kLetters[byte & 31];
  return out;
}

Result<Basket> Procedures::start(std::string_view person, const Pack& pack, std::string_view event_id, const json::object& answers) {
  const Event* event = pack.event(event_id);
  if (!event) return unknown_basket();
  Surroundings around{text::jst_date(clock_.now()), neighbours_.members()};
  std::set<std::string> asked(event->questions.begin(), event->questions.end());
  Guided guided = guide(pack, *event, answers, asked, around);
  if (guided.question || guided.stop || guided.list.empty())
    return Error{Code::kInvalid,
                 "basket.answers",
                 {"案内の質問にすべて答えてから始めてください。", "Answer all questions of the guide first."},
                 std::move(guided.faults)};
  Basket basket;
  basket.id = new_reference();
  basket.person = person;
  basket.pack = pack.id;
  basket.event = event_id;
  basket.pack_version = pack.version;
  basket.answers = guided.answers;
  for (const auto& listed : guided.list)
    if (!listed.recipient.id.empty()) basket.procedures.push_back(listed.procedure->id);
  see_forms(pack, basket);
  if (basket.procedures.empty())
    return Error{Code::kConflict,
                 "basket.nobody",
                 {"ここから届けられる手続がありません。届け先の窓口へお問い合わせください。",
                  "None of these can be sent from here. Please turn to the offices themselves."},
                 {}};
  basket.created_at = basket.updated_at = clock_.now();
  basket.revision = 1;
  return database_.write([&](db::Transaction& tx) -> Result<Basket> {
    TRY(store::drop_drafts_before(tx, Time{clock_.now().us - kDraftLife_us}));
    if (TRY(store::drafts(tx, person)).size() >= kDraftsAtMost) return too_many();
    TRY(store::add_draft(tx, basket));
    return basket;
  });
}

Result<Basket> Procedures::basket(std::string_view person, std::string_view id) {
  return database_.read([&](db::Reader& reader) { return own_draft(reader, person, id); });
}

Result<std::vector<Basket>> Procedures::baskets(std::string_view person) {
  auto rows = TRY(database_.read([&](db::Reader& reader) { return store::drafts(reader, person); }));
  std::vector<Basket> out;
  for (auto& row : rows) out.push_back(std::move(row.basket));
  return out;
}

Result<Basket> Procedures::save(Basket changed) {
  return database_.write([&](db::Transaction& tx) -> Result<Basket> { return put_next(tx, changed, clock_.now()); });
}

Result<void> Procedures::discard(std::string_view person, std::string_view id) {
  return database_.write([&](db::Transaction& tx) -> Result<void> {
    TRY(own_draft(tx, person, id));
    return store::drop_draft(tx, id);
  });
}

Result<Basket> Procedures::prefill(Basket basket, const Pack& pack) {
  basket.not_fetched.clear();
  return save(Prefill(std::move(basket), pack, neighbours_).run());
}

Result<Basket> Procedures::put_file(Basket basket, const Pack&, const Field& field, std::string_view name, std::string_view content) {
  std::string_view type = sniff(content);
  auto digest = crypto::sha256(content);
  auto shown = text::clean_input(name);
  json::object value{{"name", shown.ok() && !shown->empty() ? std::string(text::first_code_points(*shown, 100)) : "file"},
                     {"type", type},
                     {"size", std::int64_t(content.size())},
                     {"digest", to_base64(crypto::bytes(digest))}};
  std::vector<Fault> faults;
  check_value(field, value, true, {}, field.id, faults);
  if (!faults.empty()) return Error{Code::kInvalid, "basket.file", faults[0].message, faults};
  basket.answers[field.id] = std::move(value);
  return database_.write([&](db::Transaction& tx) -> Result<Basket> {
    std::int64_t others = TRY(store::draft_file_bytes(tx, basket.id, field.id));
    if (std::size_t(others) + content.size() > kFilesBytes)
      return file_error(field.id, {"ファイルは、合わせて700キロバイトまでです。", "All files together may have at most 700 kB."});
    Basket next = TRY(put_next(tx, basket, clock_.now()));
    TRY(store::put_draft_file(tx, basket.id, field.id, content));
    return next;
  });
}

Result<Basket> Procedures::drop_file(Basket basket, const Field& field) {
  basket.answers.erase(field.id);
  return database_.write([&](db::Transaction& tx) -> Result<Basket> {
    Basket next = TRY(put_next(tx, basket, clock_.now()));
    TRY(store::drop_draft_file(tx, basket.id, field.id));
    return next;
  });
}

Result<Basket> Procedures::start_amendment(std::string_view person, std::string_view reference) {
  return database_.write([&](db::Transaction& tx) -> Result<Basket> {
    auto row = TRY(store::filing(tx, reference));
    if (!row || row->person != person) return no_such_filing();
    if (!can_amend(row->filing.state)) return filing_not_open();
    for (auto& draft : TRY(store::drafts(tx, person)))
      if (draft.basket.amends == reference) return std::move(draft.basket);  // begun already
    auto basket_row = TRY(store::basket(tx, row->filing.basket));
    if (!basket_row) return no_such_filing();
    Basket basket;
    basket.id = new_reference();
    basket.person = person;
    basket.pack = basket_row->pack;
    basket.event = basket_row->event;
    basket.pack_version = basket_row->pack_version;
    basket.procedures = {row->filing.procedure};
    basket.answers = row->filing.form;
    basket.amends = reference;
    auto origin = TRY(store::origin(tx, reference));
    basket.further = origin.further;
    for (const auto& one : origin.sources)
      if (auto* source = one.value().if_object(); source && basket.answers.contains(one.key()))
        basket.sources[std::string(one.key())] = {
            string_at(*source, "organisation"), string_at(*source, "item"),
            Time{integer_at(*source, "at")},    std::uint64_t(integer_at(*source, "record")),
            string_at(*source, "contest"),      source->contains("told") ? source->at("told") : basket.answers.at(one.key())};
    if (const Pack* pack = embedded_pack(basket.pack)) see_forms(*pack, basket);
    basket.fetched = true;
    basket.created_at = basket.updated_at = clock_.now();
    basket.revision = 1;
    TRY(store::add_draft(tx, basket));
    auto files = parse_json(row->files.empty() ? "[]" : row->files, JsonLimits{8 << 20, 8});
    if (files.ok() && files->is_array())
      for (const auto& one : files->get_array()) {
        auto content = one.is_object() ? from_base64(string_at(one.get_object(), "content")) : std::nullopt;
        if (content) TRY(store::put_draft_file(tx, basket.id, string_at(one.get_object(), "field"), *content));
      }
    return basket;
  });
}

}  // namespace musubi::procedures
