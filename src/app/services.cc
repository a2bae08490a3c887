#include "app/services.h"

#include <algorithm>

#include "app/case_words.h"
#include "base/encoding.h"
#include "base/log.h"
#include "exchange/linking.h"
#include "identity/card_issue.h"
#include "identity/linker.h"
#include "identity/posts.h"
#include "kpi/report.h"
#include "kpi/reported.h"
#include "procedures/procedures.h"
#include "records/records.h"
#include "trust/certificates.h"

namespace musubi::app {
namespace {

exchange::Outgoing to_exchange(procedures::Outgoing out) {
  return {std::move(out.to),   std::move(out.service), std::move(out.person), std::move(out.further),
          std::move(out.body), std::move(out.key),     std::move(out.about)};
}
exchange::Outgoing to_exchange(const records::Outgoing& out) {
  return {out.to, out.service, out.person, out.further, out.body, out.key, out.about};
}
procedures::Outgoing to_procedures(const exchange::Outgoing& out) {
  return {out.to, out.service, out.person, out.further, out.body, out.key, out.about};
}

procedures::Incoming to_procedures(exchange::Incoming& in) {
  return {
      in.from, in.person, in.further, in.body, in.sent_at, [&in](db::Transaction& tx, json::object facts, const json::object& answer) {
        return in.record(tx, std::move(facts), answer);
      }};
}

// Towns; portals, where what is filed in one go and signed by card is on record; the linker, where cards are.
bool reports_figures(const exchange::Member& member) {
  return member.kind == "municipality" || member.kind == "portal" || member.kind == "linker";
}

}  // namespace

records::Filing to_filing(const procedures::NewCase& from) {
  const procedures::Procedure& procedure = *from.procedure;
  records::Filing out;
  out.procedure = procedure.id;
  out.title = procedure.title;
  out.pack_version = from.pack;
  out.person = from.person;
  out.further = from.further;
  out.name = from.name;
  out.kana = from.kana;
  for (const auto& line : from.lines) {
    records::Answer answer{line.field, line.label, line.text, line.source.empty() ? "typed" : line.source, line.source_at};
    if (line.contest) answer.contest = records::Answer::Contest{line.contest->source, line.contest->told, line.contest->reason};
    out.form.push_back(std::move(answer));
  }
  out.data = from.form;
  out.jws = from.jws;
  out.portal = from.from;
  out.reference = from.reference;
  for (const auto& file : from.files) out.files.push_back({file.name, file.media_type, file.content});
  out.filed_at = from.filed_at;
  for (const auto& step : procedure.route) out.route.push_back({step.id, step.title, step.post});
  out.decision = {procedure.decision.id, procedure.decision.title, procedure.decision.body, {}, {}, procedure.decision.validity_days};
  out.standard_days = procedure.standard_days;
  out.effect = procedure.effect;
  out.due = from.due;
  return out;
}

Services::Services(Installation& installation, Clock& clock, exchange::Transport* away, std::function<std::string()> base_url)
    : installation_(installation),
      clock_(clock),
      base_url_(std::move(base_url)),
      transport_({}, away),
      exchanges_({installation.store(), clock, transport_, [this](const std::string& id) { return installation_.keys(id); },
                  [this](exchange::Exchange& made) { prepare(made); }}) {
  transport_.set_find([this](const std::string& id) { return exchanges_.of(id); });
}

Result<std::shared_ptr<const procedures::Neighbours>> Services::neighbours(const std::string& id) {
  auto database = TRY(installation_.store().organisation(id));
  auto* exchange = TRY(exchanges_.of(id));
  auto office = std::make_shared<records::Office>(TRY(this->office(id)));
  auto own = TRY(database->read([](db::Reader& reader) { return identity::organisation(reader); }));
  auto out = std::make_shared<procedures::Neighbours>();
  out->members = [database, id, own, this] {
    std::vector<procedures::Member> members;
    if (own) members.push_back({id, own->title, own->kind, base_url_()});
    auto known = database->read([](db::Reader& reader) { return exchange::members(reader); });
    if (known.ok())
      for (auto& one : *known)
        if (one.id != id) members.push_back({one.id, one.title, one.kind, one.page_url});
    return members;
  };
  out->ask = [exchange](const procedures::Question& q) -> Result<procedures::Told> {
    auto answer = TRY(exchange->ask({q.answering, q.procedure, q.reference, q.person, q.items, q.actor}));
    procedures::Told told{std::move(answer.items), {}, answer.at, answer.record, answer.legal_basis};
    for (auto& one : answer.further) told.further.push_back({std::move(one.index), std::move(one.person)});
    return told;
  };
  out->post = [exchange](db::Transaction& tx, procedures::Outgoing message) {
    return exchange->post(tx, to_exchange(std::move(message)));
  };
  out->open_case = [office](db::Transaction& tx, const procedures::NewCase& wanted) -> Result<procedures::Opened> {
    return procedures::Opened{TRY(records::open_case(tx, *office, to_filing(wanted), wanted.from)).id};
  };
  out->amend_case = [office](db::Transaction& tx, const procedures::NewCase& wanted) -> Result<procedures::Opened> {
    return procedures::Opened{
        TRY(records::amend(tx, *office, wanted.from, wanted.reference, to_filing(wanted), wanted.from, wanted.filed_at.rfc3339())).id};
  };
  out->withdraw_case = [office](db::Transaction& tx, const std::string& from, const std::string& reference, const std::string& reason,
                                const std::string& person, const std::string& jws) -> Result<procedures::Opened> {
    return procedures::Opened{TRY(records::withdraw(tx, *office, from, reference, reason, from, "withdraw", person, jws)).id};
  };
  out->message_case = [office](db::Transaction& tx, const std::string& from, const std::string& reference, const std::string& text,
                               const std::string& key) -> Result<procedures::Opened> {
    return procedures::Opened{TRY(records::applicant_message(tx, *office, from, reference, text, from, key)).id};
  };
  out->verify_list = [this, id](std::string_view jws, Time at) -> Result<procedures::SignedList> {
    auto roots = TRY(issuers(id));
    auto checked = TRY(identity::check_card_signature(jws, roots, at));
    return procedures::SignedList{std::move(checked.payload), checked.certificate.der()};
  };
  out->signer_of = [this, id](const procedures::SignedList& list, Time filed_at) { return signer_of(id, list.certificate, filed_at); };
  out->log_keys = [keys = office->keys] {
    std::vector<std::string> lines;
    for (const auto& signer : keys->log) lines.push_back(signer->verifier_key());
    return lines;
  };
  return std::shared_ptr<const procedures::Neighbours>(std::move(out));
}

Result<records::Office> Services::office(const std::string& id) {
  auto* exchange = TRY(exchanges_.of(id));
  records::Office office;
  office.organisation = id;
  office.title = installation_.title(id);
  office.clock = &clock_;
  office.posts_of = [](db::Reader& reader, const std::string& officer, text::Date day) {
    return identity::posts_of(reader, officer, day);
  };
  office.holders_of = [](db::Reader& reader, const std::string& post, text::Date day) {
    return identity::holders_of(reader, post, day);
  };
  office.post_title = [](db::Reader& reader, const std::string& post) {
    auto found = identity::find_post(reader, post);
    return found.ok() && *found ? (*found)->title : Text{post, post};
  };
  office.officer_name = [](db::Reader& reader, const std::string& code) -> Result<std::string> {
    auto found = TRY(identity::find_officer(reader, code));
    return found ? found->name.value_or("") : std::string();
  };
  office.unit_posts = [](db::Reader& reader, const std::string& post, text::Date day) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    auto own = TRY(identity::find_post(reader, post));
    if (!own) return out;
    for (const auto& other : TRY(identity::posts(reader, day)))
      if (other.unit == own->unit) out.push_back(other.id);
    return out;
  };
  office.note_seen = [titled = office](db::Transaction& tx, const records::Seen& seen) { return note_cases_seen(tx, titled, seen); };
  office.post = [exchange](db::Transaction& tx, const records::Outgoing& message) { return exchange->post(tx, to_exchange(message)); };
  office.held_now = [this](db::Reader& reader, const records::Case& subject, const records::Applicant& applicant,
                           const records::Form& form) { return held_now(reader, subject, applicant, form, clock_.now()); };
  office.answer_words = [this, id](const records::Case& subject, const records::Form& form) {
    auto around = neighbours(id);
    return answer_words(subject, form, around.ok() ? (*around)->members() : std::vector<procedures::Member>());
  };
  office.entries_path = "/office/register-work/";
  office.effects = &effects();
  office.keys = TRY(installation_.keys(id));
  office.base_url = base_url_();
  return office;
}

Result<std::vector<crypto::Certificate>> Services::issuers(const std::string& id) {
  auto database = TRY(installation_.store().organisation(id));
  std::vector<crypto::Certificate> roots;
  // Also roots of before: a restore makes new keys, and cards go on.
  if (identity::is_linker(keys_folder(id)))
    roots =
        TRY(crypto::parse_pem_chain(TRY(database->read([](db::Reader& reader) { return trust::certificates_pem(reader, "root"); }))));
  for (const auto& member : TRY(database->read([](db::Reader& reader) { return exchange::members(reader); })))
    if (member.kind == "linker")
      for (auto& root : TRY(crypto::parse_pem_chain(member.root_pem))) roots.push_back(std::move(root));
  return roots;
}

std::string Services::keys_folder(const std::string& id) const { return trust::keys_folder(installation_.config().data, id); }

// An organisation that issues cards itself asks nobody.
Result<identity::CardStatus> Services::resolve_here(const std::string& id, const crypto::Certificate& certificate) {
  auto linker = TRY(identity::Linker::open(keys_folder(id)));
  auto database = TRY(installation_.store().organisation(id));
  return database->write([&](db::Transaction& tx) -> Result<identity::CardStatus> {
    auto card = TRY(linker.resolve(tx, certificate, clock_.now()));
    return identity::CardStatus{TRY(linker.code_for(tx, card.person, id, "sign-in", id)), card.state, card.ended_at};
  });
}

Result<identity::CardStatus> Services::resolve(const std::string& id, const crypto::Certificate& certificate,
                                               const std::string& actor) {
  if (identity::is_linker(keys_folder(id))) return resolve_here(id, certificate);
  auto linked = TRY(exchange::resolve_card(*TRY(exchanges_.of(id)), certificate, actor));
  auto state = identity::card_state_from(linked.state);
  return identity::CardStatus{linked.code, state.value_or(identity::CardState::kRevoked), linked.ended_at};
}

// The linker learns that this organisation holds something signed by that card; neither what nor for whom. Whatever keeps it
// from answering passes by or is mended by an operator: the filing must come again then, and neither be lost nor taken unchecked.
//
// A card is judged at the time of filing, which is the word of the portal in its signed message: its own record of the filing
// stands in a log whose checkpoints are stamped, so that the word can be held against it. The card's clock proves nothing.
Result<std::string> Services::signer_of(const std::string& id, const std::string& certificate, Time filed_at) {
  auto card = resolve(id, TRY(crypto::Certificate::from_der(certificate)), "filing");
  if (!card.ok()) {
    if (card.error().name == "identity.unknown_card") return std::move(card).error();
    log::warn("app.signer_unchecked", {{"organisation", id}, {"error", card.error().name}});
    return Error{Code::kUnavailable,
                 "filing.signer_unchecked",
                 {"署名した人を、いま符号連携機関に確かめられません。届出は送る側に残り、あとでもう一度送られます。",
                  "Whose card signed cannot be asked of the linker now. The filing stays with the sender and is sent again later."},
                 {}};
  }
  // A card whose days have ended since was good when it signed, since the chain was judged at that time; unless it was out of use by then.
  auto good = card->state == identity::CardState::kExpired && !card->ended_at ? Result<void>() : identity::check_card(card->state);
  if (good.ok() || (card->ended_at && filed_at < *card->ended_at)) return card->code;
  Error error = std::move(good).error();
  if (!card->ended_at) return error;
  Text filed = text::jst_text(filed_at), ended = text::jst_text(*card->ended_at);
  error.message.ja += "届出が出されたのは " + filed.ja + "、カードが使えなくなったのは " + ended.ja + " です。";
  error.message.en += " It was filed on " + filed.en + "; the card went out of use on " + ended.en + ".";
  return error;
}

identity::CardDesk Services::card_desk(const std::string& agent) {
  identity::CardDesk desk;
  desk.agent = agent;
  desk.challenge_key = [this](const std::string& id) -> Result<identity::ChallengeKey> {
    auto keys = TRY(installation_.keys(id));
    return identity::ChallengeKey{keys->message, keys->root, keys->message_key};
  };
  desk.resolve = [this](const std::string& id, const crypto::Certificate& card) -> Result<identity::CardStatus> {
    return resolve(id, card, "sign-in");
  };
  desk.issuers = [this](const std::string& id) { return issuers(id); };
  desk.linker = [this](const std::string& id) -> Result<std::optional<identity::Linker>> {
    if (!identity::is_linker(keys_folder(id))) return std::optional<identity::Linker>();
    return std::optional(TRY(identity::Linker::open(keys_folder(id))));
  };
  return desk;
}

Result<std::string> described_roots(db::Database& database, const trust::OrganisationKeys& keys, const std::string& kind) {
  if (kind != "linker") return keys.root.pem();
  auto all = TRY(database.read([](db::Reader& reader) { return trust::certificates_pem(reader, "root"); }));
  return all.starts_with(keys.root.pem()) ? all : keys.root.pem();
}

Result<exchange::Member> Services::describe(const std::string& id, const std::string& address) {
  auto database = TRY(installation_.store().organisation(id));
  auto own = TRY(database->read([](db::Reader& reader) { return identity::organisation(reader); }));
  auto keys = TRY(installation_.keys(id));
  std::string kind = own ? own->kind : "";
  exchange::Member member{id,
                          installation_.title(id),
                          kind,
                          address,
                          TRY(described_roots(*database, *keys, kind)),
                          to_base64(keys->seal_key->public_key()),
                          {},
                          base_url_()};
  for (const auto& signer : keys->log) member.log_keys.push_back(signer->verifier_key());
  return member;
}

Result<bool> Services::collect_from(db::Database& database, const exchange::Member& member) {
  auto report = TRY(TRY(exchanges_.of(database.organisation()))->call({member.id, "indicators", "", {}, {}, ""}, "service"));
  return kpi::keep_report(database, member.id, member.title, report, "service");
}

Result<std::size_t> Services::collect_indicators(const std::string& id) {
  auto database = TRY(installation_.store().organisation(id));
  TRY(exchanges_.of(id));
  std::size_t fresh = 0;
  for (const auto& member : TRY(database->read([](db::Reader& reader) { return exchange::members(reader); }))) {
    if (!reports_figures(member)) continue;
    auto kept = collect_from(*database, member);
    if (kept.ok() && *kept) ++fresh;  // a refusal was recorded by exchange; the report of before stays
  }
  return fresh;
}

Result<bool> Services::collect_next(db::Database& database) {
  const std::string& id = database.organisation();
  const Time now = clock_.now();
  for (const auto& member : TRY(database.read([](db::Reader& reader) { return exchange::members(reader); }))) {
    if (!reports_figures(member)) continue;
    Pace& pace = paces_.try_emplace({id, member.id}, Pace{now}).first->second;
    if (now < pace.next) continue;
    auto kept = collect_from(database, member);
    pace.wait_us = kept.ok() && *kept ? kCollectSoonest_us : std::min(2 * pace.wait_us, kCollectLatest_us);
    pace.next = Time{clock_.now().us + pace.wait_us};
    return true;
  }
  return false;
}

void Services::collect_due() {
  constexpr std::int64_t kLook_us = 60'000'000;
  for (const auto& database : installation_.store().opened()) {
    const std::string& id = database->organisation();
    const Time now = clock_.now();
    if (now < looked_[id] || database->refusing()) continue;
    Time& next = looked_[id];
    next = Time{now.us + kLook_us};
    if (installation_.about(id).kind != "nation") continue;
    auto asked = collect_next(*database);
    if (!asked.ok()) log::error("app.indicators", {{"organisation", id}, {"why", asked.error().message.en}});
    if (!asked.ok() || !*asked) continue;
    next = now;  // there may be more, in the next round
    return;
  }
}

void Services::sum_reported(const std::stop_token& stop) {
  for (const auto& database : installation_.store().opened()) {
    const std::string& id = database->organisation();
    if (stop.stop_requested() || installation_.about(id).kind != "nation") continue;
    auto kept = kpi::keep_reported(database, clock_.now(), stop);
    if (!kept.ok()) log::error("app.reported", {{"organisation", id}, {"why", kept.error().message.en}});
  }
}

void Services::prepare(exchange::Exchange& made) {
  offer_items(made);
  serve_procedures(made);
  const std::string id = made.organisation();
  made.serve("news", [this, id](exchange::Incoming& in) -> Result<json::object> {
    auto database = TRY(installation_.store().organisation(id));
    auto office = TRY(this->office(id));
    const json::value* what = in.body.if_contains("what");
    records::News news{in.from,    in.person, what && what->is_string() ? std::string(what->get_string()) : "",
                       in.further, in.body,   in.sent_at};
    json::object answer{{"taken", true}};
    TRY(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(records::receive_news(tx, office, news, in.from));
      TRY(in.record(tx, {{"outcome", "ok"}}, answer));
      return {};
    }));
    return answer;
  });
  made.serve("indicators", [this, id](exchange::Incoming& in) -> Result<json::object> {
    auto database = TRY(installation_.store().organisation(id));
    auto report = TRY(kpi::make_report(*database, clock_.now()));
    TRY(database->write([&](db::Transaction& tx) -> Result<void> {
      TRY(in.record(tx, {{"outcome", "ok"}}, {}));
      return {};
    }));
    return report;
  });
  auto database = installation_.store().organisation(id);
  if (!database.ok()) return;
  auto own = (*database)->read([](db::Reader& reader) { return identity::organisation(reader); });
  if (!own.ok() || !*own || (*own)->kind != "linker") return;
  if (auto done = be_linker(made); !done.ok())
    log::error("app.linker_unusable", {{"organisation", id}, {"why", done.error().message.en}});
}

void Services::offer_items(exchange::Exchange& made) {
  for (auto item : kRegisterItems)
    made.offer(std::string(item), [this](db::Reader& reader, const std::string& name, const std::string& person,
                                         std::vector<exchange::Further>& further) {
      return register_item(reader, name, person, text::jst_date(clock_.now()), further);
    });
}

void Services::serve_procedures(exchange::Exchange& made) {
  const std::string id = made.organisation();
  // Made for each message: what it holds may have changed, and a case is worth it.
  auto with = [this, id](auto act) {
    return [this, id, act](exchange::Incoming& in) -> Result<json::object> {
      auto database = TRY(installation_.store().organisation(id));
      auto neighbours = TRY(this->neighbours(id));
      procedures::Procedures procedures(*database, clock_, id, *neighbours);
      auto message = to_procedures(in);
      return act(procedures, message);
    };
  };
  made.serve("filing", with([](procedures::Procedures& p, procedures::Incoming& in) { return p.receive_filing(in); }));
  made.serve("amend", with([](procedures::Procedures& p, procedures::Incoming& in) { return p.receive_change(in, "amend"); }));
  made.serve("withdraw", with([](procedures::Procedures& p, procedures::Incoming& in) { return p.receive_change(in, "withdraw"); }));
  for (const char* service : {"filing", "amend"})
    made.on_repeated(service, [this, id](json::object answer) {
      auto database = installation_.store().organisation(id);
      auto neighbours = this->neighbours(id);
      if (!database.ok() || !neighbours.ok()) return answer;
      return procedures::Procedures(**database, clock_, id, **neighbours).with_proof(std::move(answer));
    });
  made.serve("message", with([](procedures::Procedures& p, procedures::Incoming& in) { return p.receive_change(in, "message"); }));
  made.serve("status", with([](procedures::Procedures& p, procedures::Incoming& in) { return p.receive_status(in); }));
  for (const char* service : {"filing", "amend", "withdraw", "message"})
    made.on_delivered(
        service,
        [this, id](db::Transaction& tx, const exchange::Outgoing& out, const json::object& answer, std::string_view) -> Result<void> {
          auto database = TRY(installation_.store().organisation(id));
          procedures::Neighbours none;
          return procedures::Procedures(*database, clock_, id, none).delivered(tx, to_procedures(out), answer);
        },
        [this, id](db::Transaction& tx, const exchange::Outgoing& out, const Error& error) -> Result<void> {
          auto database = TRY(installation_.store().organisation(id));
          procedures::Neighbours none;
          return procedures::Procedures(*database, clock_, id, none).refused(tx, to_procedures(out), error);
        });
}

Result<void> Services::be_linker(exchange::Exchange& made) {
  const std::string id = made.organisation();
  auto database = TRY(installation_.store().organisation(id));
  auto linker = std::make_shared<identity::Linker>(
      TRY(database->read([&](db::Reader& reader) { return identity::Linker::begin(reader, keys_folder(id)); })));
  exchange::LinkerCore core;
  core.translate = [linker](db::Transaction& tx, const std::string& from, const std::string& to,
                            const std::vector<std::string>& codes) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    for (const auto& code : codes) {
      auto person = TRY(linker->person_of(tx, from, code));
      if (!person)
        return Error{Code::kNotFound,
                     "identity.unknown_person",
                     {"その符号の人は知られていません。符号を確かめるか、相手の機関に登録を頼んでください。",
                      "No person is known by that code. Check it, or have the organisation that asked enter the person."},
                     {}};
      out.push_back(TRY(linker->code_for(tx, *person, to, "token", from)));
    }
    return out;
  };
  core.resolve = [linker, this](db::Transaction& tx, const std::string& organisation,
                                const crypto::Certificate& certificate) -> Result<exchange::LinkedCard> {
    auto card = TRY(linker->resolve(tx, certificate, clock_.now()));
    return exchange::LinkedCard{TRY(linker->code_for(tx, card.person, organisation, "sign-in", organisation)),
                                std::string(identity::card_state_word(card.state)), card.ended_at};
  };
  core.assign = [linker](db::Transaction& tx, const std::string& organisation) -> Result<std::string> {
    return linker->code_for(tx, TRY(linker->add_person(tx, organisation)), organisation, "assign", organisation);
  };
  exchange::be_linker(made, std::move(core));
  return {};
}

}  // namespace musubi::app
