// What arrives from outside: filings, amendments, withdrawals, messages, news of another town.
#include "records/work.h"

namespace musubi::records {
namespace {

Error bad_filing(std::vector<Fault> faults) {
  return {Code::kInvalid,
          "records.bad_filing",
          {"この申請は受け付けられません。下の誤りをすべて直して、もう一度送ってください。",
           "This filing cannot be taken on. Correct every fault below and send it again."},
          std::move(faults)};
}

Error reference_reused() {
  return {Code::kConflict,
          "records.reference_reused",
          {"同じ参照で、別の内容の申請が先に届いています。新しい申請として送ってください。",
           "Another filing arrived under the same reference before. Send this one as a new filing."},
          {}};
}

Error unknown_reference() {
  return {Code::kNotFound,
          "records.unknown_case",
          {"この申請にあたる案件がありません。申請の一覧から選び直してください。",
           "There is no case for this filing. Choose it again from the list of filings."},
          {}};
}

Result<void> check(const Office& office, const Filing& filing) {
  if (auto faults = faults_of(filing); !faults.empty()) return bad_filing(std::move(faults));
  if (filing.effect.empty()) return {};
  if (office.effects && office.effects->decided.contains(filing.effect)) return {};
  return Error{Code::kInvalid,
               "records.unknown_effect",
               {"手続の効果「" + filing.effect + "」は、この機関では使えません。手続のパックを確かめてください。",
                "This office does not know the effect " + filing.effect + ". Check the procedure's pack."},
               {}};
}

json::object opening_body(const Filing& filing) {
  return {{"reference", filing.reference},
          {"portal", filing.portal},
          {"person", filing.person},
          {"jws", filing.jws},
          {"filed_at", filing.filed_at.rfc3339()}};
}

Result<void> put_files(db::Transaction& tx, std::string_view id, std::int64_t revision, std::int64_t after, const Filing& filing) {
  for (const auto& file : filing.files) TRY(store::put_file(tx, id, ++after, revision, file));
  return {};
}

// The case of a portal's reference, ready for an act of the applicant; nothing where the same act was done before.
Result<std::optional<store::CaseRow>> begin(db::Transaction& tx, const Office& office, std::string_view portal,
                                            std::string_view reference, std::string_view key, const json::object& request) {
  std::string secret = TRY(store::secret(tx));
  auto id = TRY(store::case_by_reference(tx, reference_digest(secret, portal, reference)));
  if (!id) return unknown_reference();
  auto row = TRY(store::case_row(tx, *id));
  CHECK(row);
  if (key.empty()) return row;
  std::string name = "records/" + *id + "/" + reference_digest(secret, "applicant", key);  // never the key itself
  std::string asked = canonical_json(request);
  if (TRY(evidence::replay(tx, name, asked))) return std::optional<store::CaseRow>();
  TRY(evidence::remember(tx, name, asked, *id, office.clock->now()));
  return row;
}

// An erased applicant is nobody any more: the portal's reference alone speaks for them.
Result<bool> is_applicant(db::Reader& reader, std::string_view id, std::string_view person) {
  auto known = TRY(store::applicant(reader, id)).value_or(Applicant{});
  return person.empty() || known.person.empty() || known.person == person;
}

Result<Case> current(db::Transaction& tx, std::string_view portal, std::string_view reference) {
  auto id = TRY(store::case_by_reference(tx, reference_digest(TRY(store::secret(tx)), portal, reference)));
  CHECK(id);
  auto row = TRY(store::case_row(tx, *id));
  CHECK(row);
  return row->subject;
}

Case fresh_case(const Filing& filing, std::int64_t number, Time now) {
  Case c;
  c.id = case_id(number);
  c.fiscal_year = int(number / kYear);
  c.serial = number % kYear;
  c.procedure = filing.procedure;
  c.title = filing.title;
  c.pack_version = filing.pack_version;
  c.route = filing.route;
  c.decision = filing.decision;
  c.standard_days = filing.standard_days;
  c.effect = filing.effect;
  c.portal = filing.portal;
  c.online = filing.online;
  c.filed_at = filing.filed_at;
  c.opened_at = c.step_at = now;
  c.due_at = due_of(filing);
  return c;
}

}  // namespace

Result<Case> open_case(db::Transaction& tx, const Office& office, const Filing& filing, std::string_view actor) {
  TRY(check(office, filing));
  std::string digest = reference_digest(TRY(store::secret(tx)), filing.portal, filing.reference);
  if (auto id = TRY(store::case_by_reference(tx, digest))) {
    auto row = TRY(store::case_row(tx, *id));
    CHECK(row);
    auto first = TRY(store::form(tx, *id, 1));
    bool same = first && row->subject.procedure == filing.procedure &&
                (first->answers.empty() || form_content(first->answers, first->data) == form_content(filing.form, filing.data));
    if (!same) return reference_reused();
    return row->subject;
  }
  Time now = office.clock->now();
  Terms terms = terms_of(filing);
  TRY(store::put_terms(tx, terms));
  std::int64_t number = TRY(store::next_number(tx, text::fiscal_year(text::jst_date(now))));
  store::CaseRow row{fresh_case(filing, number, now), terms.id, digest};
  Work work(tx, office, std::move(row));
  Applicant applicant{filing.person, filing.further, filing.name, filing.kana};
  TRY(store::put_applicant(tx, work.c.id, applicant));
  TRY(store::put_form(tx, work.c.id, 1, form_content(filing.form, filing.data), filing.filed_at));
  TRY(put_files(tx, work.c.id, 1, 0, filing));
  TRY(store::index_case(tx, number, filing.title, filing.procedure, applicant));
  std::int64_t fetched = 0;
  for (const auto& answer : filing.form) fetched += !answer.source.empty() && answer.source != "typed";
  work.note(kOpened, {{"online", filing.online}, {"fields", std::int64_t(filing.form.size())}, {"fetched", fetched}},
            opening_body(filing));
  TRY(work.keep(actor));
  return work.c;
}

Result<Case> amend(db::Transaction& tx, const Office& office, std::string_view portal, std::string_view reference,
                   const Filing& filing, std::string_view actor, std::string_view key) {
  TRY(check(office, filing));
  auto row = TRY(begin(tx, office, portal, reference, key,
                       {{"act", "amend"}, {"form", form_content(filing.form, filing.data)}, {"jws", filing.jws}}));
  if (!row) return current(tx, portal, reference);
  Work work(tx, office, std::move(*row));
  Case& c = work.c;
  if (filing.procedure != c.procedure || !TRY(is_applicant(tx, c.id, filing.person))) return unknown_reference();
  if (!is_open(c.state)) return closed(c);
  if (c.form_revision >= kRevisionsAtMost)
    return Error{
        Code::kConflict,
        "records.too_many_revisions",
        {"この申請はもう" + std::to_string(kRevisionsAtMost) + "回出し直されています。窓口に電話するか、新しい申請にしてください。",
         "This filing has been put right " + std::to_string(kRevisionsAtMost) + " times. Call the office, or file anew."},
        {}};
  bool waited = c.state == State::kReturned;
  if (waited && c.due_at) c.due_at = Time{c.due_at->us + (work.now.us - c.step_at.us)};  // the clock stood still
  work.end_step("answered");
  ++c.form_revision;
  TRY(store::put_form(tx, c.id, c.form_revision, form_content(filing.form, filing.data), work.now));
  TRY(put_files(tx, c.id, c.form_revision, std::int64_t(TRY(store::files(tx, c.id)).size()), filing));
  Applicant applicant{filing.person, filing.further, filing.name, filing.kana};
  TRY(store::put_applicant(tx, c.id, applicant));
  TRY(store::index_case(tx, c.fiscal_year * kYear + c.serial, c.title, c.procedure, applicant));
  work.note(kAmended, {}, json::object{{"jws", filing.jws}, {"form_revision", c.form_revision}});
  c.proposal.clear();
  work.go_to(0, State::kReceived, TRY(work.worker_of(c.route[0])));
  TRY(work.keep(actor));
  return c;
}

Result<Case> withdraw(db::Transaction& tx, const Office& office, std::string_view portal, std::string_view reference,
                      std::string_view reason, std::string_view actor, std::string_view key, std::string_view person,
                      std::string_view jws) {
  std::string clean = TRY(clean_comment(reason, false));
  auto row = TRY(begin(tx, office, portal, reference, key, {{"act", "withdraw"}}));
  if (!row) return current(tx, portal, reference);
  Work work(tx, office, std::move(*row));
  if (!TRY(is_applicant(tx, work.c.id, person))) return unknown_reference();
  if (work.c.state == State::kWithdrawn) return work.c;
  if (!is_open(work.c.state)) return closed(work.c);
  work.end_step("withdrawn");
  json::object body;
  if (!clean.empty()) body["comment"] = clean;
  if (!jws.empty()) body["jws"] = jws;
  work.note(kWithdrawnType, {}, body.empty() ? json::value(nullptr) : json::value(std::move(body)));
  work.close(State::kWithdrawn);
  work.tell();
  TRY(work.keep(actor));
  return work.c;
}

Result<Case> applicant_message(db::Transaction& tx, const Office& office, std::string_view portal, std::string_view reference,
                               std::string_view text, std::string_view actor, std::string_view key) {
  std::string clean = TRY(clean_comment(text, true));
  auto row = TRY(begin(tx, office, portal, reference, key, {{"act", "message"}, {"text", clean}}));
  if (!row) return current(tx, portal, reference);
  Work work(tx, office, std::move(*row));
  std::int64_t number = TRY(work.add_message(true, "", clean));
  work.note(kMessageReceived, {}, json::object{{"number", number}});
  TRY(work.keep(actor));
  return work.c;
}

Result<void> receive_news(db::Transaction& tx, const Office& office, const News& news, std::string_view actor) {
  if (!office.effects || !office.effects->news.contains(news.what))
    return Error{Code::kInvalid,
                 "records.unknown_news",
                 {"この機関は「" + news.what + "」という知らせを扱っていません。",
                  "This office does not take news of the kind " + news.what + "."},
                 {}};
  TRY(office.effects->news.find(news.what)->second(tx, news));
  TRY(evidence::append(tx, {.type = type_of(kNewsReceived),
                            .stream = "records/news",
                            .actor = std::string(actor),
                            .facts = {{"what", news.what}},
                            .body = json::object{{"from", news.from},
                                                 {"person", news.person},
                                                 {"further", strings(news.further)},
                                                 {"facts", json::serialize(news.facts)},
                                                 {"sent_at", news.sent_at.rfc3339()}}}));
  return {};
}

}  // namespace musubi::records
