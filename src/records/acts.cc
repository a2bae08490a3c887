// Acts of officers. Each is one transaction: replayed, or checked against the version it saw, then changed and recorded.
#include "base/encoding.h"
#include "records/notice.h"
#include "records/work.h"

namespace musubi::records {
namespace {

using Posts = std::vector<std::string>;

// What an act changes; it may refuse.
using Change = std::function<Result<void>(Work&, const Posts&)>;

Result<Case> perform_in(db::Transaction& tx, const Office& office, const Act& act, json::object request, const Change& change) {
  if (!number_of(act.id)) return unknown_case(act.id);
  auto row = TRY(store::case_row(tx, act.id));
  if (!row) return unknown_case(act.id);
  std::string key = "records/" + act.id + "/" + std::to_string(act.version) + "/" + act.officer;
  std::string asked = canonical_json(request);
  auto before = evidence::replay(tx, key, asked);
  bool other = !before.ok() && before.error().name == "idempotency.reused";
  if (!before.ok() && !other) return before.error();
  if (before.ok() && *before) return row->subject;  // the same act once more
  if (other || row->subject.version != act.version) return changed_meanwhile(TRY(history(tx, act.id, act.version + 1)));
  Work work(tx, office, std::move(*row));
  TRY(change(work, TRY(posts_of(tx, office, act.officer, work.now))));
  TRY(work.keep(act.officer));
  TRY(evidence::remember(tx, key, asked, act.id, work.now));
  return work.c;
}

Result<Case> perform(db::Database& database, const Office& office, const Act& act, const json::object& request, const Change& change) {
  return database.write([&](db::Transaction& tx) { return perform_in(tx, office, act, request, change); });
}

Result<void> may_work_at(Work& work, const Posts& posts, const Act& act) {
  return may_work(work.c, posts, act.officer, TRY(post_title(work.tx, work.office, work.c.at().post)));
}

json::value comment_body(std::string_view comment) {
  return comment.empty() ? json::value(nullptr) : json::value(json::object{{"comment", comment}});
}

Change claiming(const Act& act) {
  return [&act](Work& work, const Posts& posts) -> Result<void> {
    Case& c = work.c;
    if (!is_open(c.state)) return closed(c);
    if (!holds(posts, c.at().post)) return post_needed(c, TRY(post_title(work.tx, work.office, c.at().post)));
    if (c.officer == act.officer) return {};
    if (!c.officer.empty()) return may_work_at(work, posts, act);
    c.officer = act.officer;
    work.note(kClaimed, {{"step", c.at().id}});
    return {};
  };
}

std::string_view judgement_word(Cases::Judgement judgement) { return judgement == Cases::Judgement::kGrant ? "grant" : "refuse"; }

Error effect_failed(const Case& c, Error cause) {
  Error error{
      Code::kConflict,
      "records.effect_failed",
      {"案件 " + c.number().ja + " の決定を台帳に反映できないため、何も行っていません：" + cause.message.ja,
       "The decision on case " + c.number().en + " cannot be entered in the register, so nothing was done: " + cause.message.en},
      std::move(cause.faults)};
  if (cause.code == Code::kUnavailable || cause.code == Code::kIo) error.code = cause.code;
  return error;
}

// What a decision needs beyond the act, made outside the transaction.
struct Decision {
  Applicant applicant;
  Form form;
  std::optional<Notice> notice;
};

Result<RegisterEntry> carry_out(Work& work, const Act& act, const Decision& decision) {
  const Case& c = work.c;
  if (c.effect.empty()) return RegisterEntry::kNone;
  auto found = work.office.effects ? work.office.effects->decided.find(c.effect) : decltype(work.office.effects->decided.end()){};
  if (!work.office.effects || found == work.office.effects->decided.end())
    return effect_failed(c, {Code::kConflict,
                             "records.unknown_effect",
                             {"効果「" + c.effect + "」が登録されていません。", "The effect " + c.effect + " is not registered."},
                             {}});
  auto done = found->second(work.tx, Decided{c, decision.applicant, decision.form, act.officer, work.office.post, work.now});
  if (!done.ok()) return effect_failed(c, done.error());
  return *done;
}

json::object notice_json(const Notice& notice) {
  json::object object{
      {"code", notice.code},       {"title", to_json(notice.title)},          {"kind", notice.kind},
      {"outcome", notice.outcome}, {"issued_at", notice.issued_at.rfc3339()}, {"sha256", notice.digest},
      {"jws", notice.jws},         {"stamp", to_base64(notice.stamp)},        {"document", notice.document.value_or("")}};
  if (notice.valid_until) object["valid_until"] = text::iso_date(*notice.valid_until);
  return object;
}

Result<void> decide(Work& work, const Act& act, Cases::Judgement judgement, const std::string& comment, const Decision& decision) {
  Case& c = work.c;
  std::string word(judgement_word(judgement));
  if (!decision.notice)  // the case moved between the look and the act: the version says so before this line
    return Error{Code::kUnavailable,
                 "records.no_notice",
                 {"通知を用意できませんでした。もう一度行ってください。", "The notice was not ready. Try again."},
                 {}};
  auto entry = judgement == Cases::Judgement::kGrant ? TRY(carry_out(work, act, decision)) : RegisterEntry::kNone;
  std::int64_t form_seen = c.form_revision;
  work.end_step(word, comment_body(comment));
  work.note(kDecidedType,
            {{"outcome", word},
             {"ms", std::max<std::int64_t>(0, (work.now.us - c.filed_at.us) / 1000)},
             {"standard_ms", c.standard_days * (kDay_us / 1000)}},
            json::object{{"form_revision", form_seen}, {"version_seen", act.version}, {"notice", decision.notice->code}});
  c.officer = act.officer;
  work.close(judgement == Cases::Judgement::kGrant ? State::kGranted : State::kRefused);
  TRY(store::put_notice(work.tx, *decision.notice));
  work.note(kNoticeIssued, {{"kind", decision.notice->kind}}, json::object{{"code", decision.notice->code}});
  if (entry == RegisterEntry::kDue) work.note(kRegisterDue);
  json::object news{{"outcome", word}, {"notice", notice_json(*decision.notice)}};
  if (entry != RegisterEntry::kNone) news["register"] = entry == RegisterEntry::kDue ? "due" : "entered";
  if (judgement == Cases::Judgement::kRefuse) news["message"] = comment;
  work.tell(std::move(news));
  return {};
}

}  // namespace

Result<Case> Cases::claim(const Act& act) { return perform(database_, office_, act, {{"act", "claim"}}, claiming(act)); }

Result<Cases::Claimed> Cases::claim_all(const std::vector<Act>& acts) {
  if (acts.empty() || acts.size() > kClaimsAtMost)
    return Error{Code::kInvalid, "records.bad_selection", {"1件から200件までを選んでください。", "Choose from 1 to 200 cases."}, {}};
  return database_.write([&](db::Transaction& tx) -> Result<Claimed> {
    Claimed out;
    for (const auto& act : acts) {  // a refusal comes before anything is written, so that it harms no other
      auto done = perform_in(tx, office_, act, {{"act", "claim"}}, claiming(act));
      if (done.ok())
        out.claimed.push_back(act.id);
      else if (done.error().code == Code::kIo || done.error().code == Code::kCorrupt)
        return done.error();
      else
        out.refused.emplace_back(act.id, done.error());
    }
    return out;
  });
}

Result<Case> Cases::release(const Act& act) {
  return perform(database_, office_, act, {{"act", "release"}}, [&](Work& work, const Posts&) -> Result<void> {
    if (!is_open(work.c.state)) return closed(work.c);
    if (work.c.officer != act.officer)
      return Error{
          Code::kConflict,
          "records.not_claimed",
          {"この案件の担当ではないため、外れることはできません。", "You have not claimed this case, so you cannot release it."},
          {}};
    work.c.officer.clear();
    work.note(kReleased, {{"step", work.c.at().id}});
    return {};
  });
}

Result<Case> Cases::reassign(const Act& act, std::string_view to) {
  std::string next(to);
  return perform(database_, office_, act, {{"act", "reassign"}, {"to", next}}, [&](Work& work, const Posts& posts) -> Result<void> {
    Case& c = work.c;
    if (!is_open(c.state)) return closed(c);
    Text title = TRY(post_title(work.tx, work.office, c.at().post));
    if (!holds(posts, c.at().post)) return post_needed(c, title);
    if (!holds(TRY(posts_of(work.tx, work.office, next, work.now)), c.at().post))
      return Error{Code::kInvalid,
                   "records.bad_successor",
                   {"担当にできるのは「" + title.ja + "」の職に就いている人だけです。一覧から選んでください。",
                    "Only those who hold the post " + title.en + " can take the case. Choose from the list."},
                   {{"to", {"この職に就いていません。", "Does not hold this post."}}}};
    if (c.officer == next) return {};
    c.officer = next;
    work.note(kReassigned, {{"step", c.at().id}}, json::object{{"to", next}});
    return {};
  });
}

Result<Case> Cases::pass_check(const Act& act, std::string_view comment) { return judge(act, Judgement::kGrant, comment); }

Result<Case> Cases::send_back(const Act& act, std::string_view message) {
  std::string text = TRY(clean_comment(message, true));
  return perform(database_, office_, act, {{"act", "send_back"}, {"text", text}}, [&](Work& work, const Posts& posts) -> Result<void> {
    TRY(may_work_at(work, posts, act));
    std::int64_t number = TRY(work.add_message(false, act.officer, text));
    work.end_step("sent_back", json::object{{"comment", text}, {"message", number}});
    work.c.proposal.clear();
    work.go_to(0, State::kReturned, work.c.step == 0 ? act.officer : TRY(work.worker_of(work.c.route[0])));
    work.tell({{"message", text}});
    return {};
  });
}

Result<Case> Cases::return_to(const Act& act, std::string_view step, std::string_view comment) {
  std::string text = TRY(clean_comment(comment, true)), id(step);
  return perform(database_, office_, act, {{"act", "return"}, {"step", id}, {"text", text}},
                 [&](Work& work, const Posts& posts) -> Result<void> {
                   TRY(may_work_at(work, posts, act));
                   Case& c = work.c;
                   std::size_t at = 0;
                   while (at < c.route.size() && c.route[at].id != id) ++at;
                   if (at >= c.step)
                     return Error{Code::kInvalid,
                                  "records.bad_step",
                                  {"差戻しは、今の段階より前の段階に限ります。一覧から選んでください。",
                                   "A case is returned to an earlier step only. Choose it from the list."},
                                  {{"step", {"前の段階を選んでください。", "Choose an earlier step."}}}};
                   work.end_step("returned", json::object{{"comment", text}, {"to", id}});
                   c.proposal.clear();
                   work.go_to(at, at == 0 ? State::kReceived : State::kReview, TRY(work.worker_of(c.route[at])));
                   return {};
                 });
}

Result<Case> Cases::judge(const Act& act, Judgement judgement, std::string_view comment) {
  std::string text = TRY(clean_comment(comment, judgement == Judgement::kRefuse));
  std::string word(judgement_word(judgement));
  Decision decision;
  TRY(database_.read([&](db::Reader& reader) -> Result<void> {  // only what the version in hand says; the act looks again
    auto c = TRY(find_case(reader, act.id));
    if (!c || c->version != act.version || !is_open(c->state) || !c->deciding()) return {};
    if (!holds(TRY(posts_of(reader, office_, act.officer, office_.clock->now())), c->at().post)) return {};
    decision.applicant = TRY(applicant(reader, act.id)).value_or(Applicant{});
    decision.form = TRY(form(reader, act.id));
    decision.notice = TRY(make_notice(office_, *c, decision.applicant, decision.form, word, text, office_.clock->now()));
    return {};
  }));
  return perform(database_, office_, act, {{"act", "judge"}, {"word", word}, {"text", text}},
                 [&](Work& work, const Posts& posts) -> Result<void> {
                   TRY(may_work_at(work, posts, act));
                   Case& c = work.c;
                   if (c.deciding()) return decide(work, act, judgement, text, decision);
                   work.end_step(c.step == 0 && judgement == Judgement::kGrant ? "passed" : word, comment_body(text));
                   c.proposal = word;
                   work.go_to(c.step + 1, State::kReview);
                   work.tell();
                   return {};
                 });
}

Result<Case> Cases::message(const Act& act, std::string_view message) {
  std::string text = TRY(clean_comment(message, true));
  return perform(database_, office_, act, {{"act", "message"}, {"text", text}}, [&](Work& work, const Posts& posts) -> Result<void> {
    bool any = false;
    for (const auto& step : work.c.route) any |= holds(posts, step.post);
    if (!any) return post_needed(work.c, TRY(post_title(work.tx, work.office, work.c.at().post)));
    std::int64_t number = TRY(work.add_message(false, act.officer, text));
    work.note(kMessageSent, {}, json::object{{"number", number}});
    work.tell({{"message", text}});
    return {};
  });
}

Result<void> register_settled(db::Transaction& tx, const Office& office, std::string_view id, bool entered, std::string_view why,
                              std::string_view officer) {
  auto row = TRY(store::case_row(tx, id));
  if (!row) return unknown_case(id);
  auto person = TRY(applicant(tx, id));
  Work work(tx, office, std::move(*row));
  if (!person || person->erased) {  // why may say of them what was erased, and nobody is left to be told
    work.note(kRegisterSettled, {{"outcome", entered ? "entered" : "unneeded"}});
    return work.keep(officer);
  }
  work.note(kRegisterSettled, {{"outcome", entered ? "entered" : "unneeded"}}, comment_body(why));
  json::object news{{"register", entered ? "entered" : "unneeded"}};
  if (!why.empty()) news["message"] = why;
  work.tell(std::move(news));
  return work.keep(officer);
}

Result<Notice> Cases::withdraw_notice(std::string_view code, std::string_view reason, std::string_view officer) {
  std::string text = TRY(clean_comment(reason, true));
  return database_.write([&](db::Transaction& tx) -> Result<Notice> {
    auto notice = TRY(store::notice(tx, code));
    if (!notice) return unknown_notice();
    if (notice->withdrawn_at) return *notice;
    auto row = TRY(store::case_row(tx, notice->case_id));
    CHECK(row);
    Work work(tx, office_, std::move(*row));
    const std::string& post = work.c.route.back().post;
    if (!holds(TRY(posts_of(tx, office_, officer, work.now)), post)) return post_needed(work.c, TRY(post_title(tx, office_, post)));
    notice->withdrawn_at = work.now;
    TRY(store::put_notice(tx, *notice));
    work.note(kNoticeWithdrawn, {{"kind", notice->kind}}, json::object{{"code", notice->code}, {"comment", text}});
    work.tell({{"message", text}, {"notice_withdrawn", notice->code}});
    TRY(work.keep(officer));
    return *notice;
  });
}

}  // namespace musubi::records
