#include "records/work.h"

#include "base/encoding.h"
#include "crypto/hash.h"

namespace musubi::records {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::string_view kOpenedFacts[] = {"procedure", "online", "fields", "fetched"};
constexpr std::string_view kStepFacts[] = {"procedure", "step"};
constexpr std::string_view kStepDoneFacts[] = {"procedure", "step", "outcome", "ms"};
constexpr std::string_view kDecidedFacts[] = {"procedure", "outcome", "ms", "standard_ms"};
constexpr std::string_view kProcedureFacts[] = {"procedure"};
constexpr std::string_view kNoticeFacts[] = {"procedure", "kind"};
constexpr std::string_view kReadFacts[] = {"procedure", "cases", "post"};
constexpr std::string_view kRegisterFacts[] = {"procedure", "outcome"};
constexpr std::string_view kNewsFacts[] = {"what"};
constexpr auto kOfficers = Visibility::kOfficers;

constexpr RecordType kTypes[] = {
    {"records.case_opened", 1, kOfficers, "案件の受付", "Case opened", kOpenedFacts},
    {"records.claimed", 1, kOfficers, "案件の引受け", "Case claimed", kStepFacts},
    {"records.released", 1, kOfficers, "案件の担当を外れる", "Case released", kStepFacts},
    {"records.reassigned", 1, kOfficers, "案件の担当替え", "Case reassigned", kStepFacts},
    {"records.step_done", 1, kOfficers, "案件の段階の完了", "Step of a case done", kStepDoneFacts},
    {"records.decided", 1, kOfficers, "案件の決定", "Case decided", kDecidedFacts},
    {"records.amended", 1, kOfficers, "申請の修正", "Filing amended", kProcedureFacts},
    {"records.withdrawn", 1, kOfficers, "申請の取下げ", "Filing withdrawn", kProcedureFacts},
    {"records.message_sent", 1, kOfficers, "申請者への連絡", "Message sent", kProcedureFacts},
    {"records.message_received", 1, kOfficers, "申請者からの連絡", "Message received", kProcedureFacts},
    {"records.notice_issued", 1, kOfficers, "通知の発行", "Notice issued", kNoticeFacts},
    {"records.notice_withdrawn", 1, kOfficers, "通知の取消し", "Notice withdrawn", kNoticeFacts},
    {"records.case_read", 1, kOfficers, "案件の閲覧", "Case read", kReadFacts},
    {"records.news_received", 1, kOfficers, "他機関からの知らせ", "News received", kNewsFacts},
    {"records.applicant_erased", 1, kOfficers, "申請者の情報の消去", "Applicant erased", kProcedureFacts},
    {"records.register_due", 1, kOfficers, "手での記載を待つ決定", "Decision waits for an entry by hand", kProcedureFacts},
    {"records.register_settled", 1, kOfficers, "決定の記載の完了", "Entry of a decision settled", kRegisterFacts},
};

}  // namespace

std::span<const RecordType> record_types() { return kTypes; }
const RecordType& type_of(Type type) { return kTypes[type]; }
std::string case_stream(std::string_view id) { return "records/case/" + std::string(id); }

void Work::note(Type type, json::object facts, json::value body) {
  facts["procedure"] = c.procedure;
  entries_.push_back({type, std::move(facts), std::move(body)});
}

void Work::end_step(std::string_view outcome, json::value body) {
  std::string step = c.state == State::kReturned ? std::string("applicant") : c.at().id;
  note(kStepDone, {{"step", step}, {"outcome", outcome}, {"ms", step_ms(c, now)}}, std::move(body));
  c.step_at = now;
}

void Work::go_to(std::size_t step, State state, std::string officer) {
  c.step = step;
  c.state = state;
  c.officer = std::move(officer);
}

void Work::close(State state) {
  c.state = state;
  c.closed_at = now;
}

Result<std::string> Work::worker_of(const Step& step) {
  auto events = TRY(history(tx, c.id));
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->what != type_of(kStepDone).name || event->step != step.id) continue;
    if (holds(TRY(posts_of(tx, office, event->actor, now)), step.post)) return event->actor;
    break;
  }
  return std::string();
}

void Work::tell(json::object extra) { news_ = std::move(extra); }

Result<std::int64_t> Work::add_message(bool from_applicant, std::string_view officer, std::string_view text) {
  auto rows = TRY(tx.query("SELECT max(number) FROM records_message WHERE case_id = $1", {c.id}));
  std::int64_t number = rows[0].maybe_integer(0).value_or(0) + 1;
  if (number > 1000)
    return Error{Code::kConflict,
                 "records.too_many_messages",
                 {"この案件の連絡は1,000件に達しました。窓口に電話するか、新しい申請にしてください。",
                  "This case has 1,000 messages. Call the office, or file anew."},
                 {}};
  TRY(store::put_message(tx, c.id, {number, from_applicant, std::string(officer), std::string(text), now}));
  return number;
}

Result<void> Work::keep(std::string_view actor) {
  if (entries_.empty()) return {};
  c.version += std::int64_t(entries_.size());
  TRY(store::put_case(tx, row_));
  if (news_ && office.post && c.online) {  // who filed at the counter has no portal
    Outgoing out{c.portal, "status", "", {}, std::move(*news_), "records/" + c.id + "/" + std::to_string(c.version), c.id};
    out.body["reference"] = TRY(reference_of(tx, c.id));
    out.body["number"] = to_json(c.number());
    out.body["state"] = state_word(c.state);
    out.body["state_title"] = to_json(state_title(c.state));
    out.body["step"] = to_json(c.at().title);
    out.body["at"] = now.rfc3339();
    out.body["version"] = c.version;  // news may overtake each other on the way
    TRY(office.post(tx, out));
  }
  for (auto& entry : entries_)
    TRY(evidence::append(tx, {.type = type_of(entry.type),
                              .stream = case_stream(c.id),
                              .actor = std::string(actor),
                              .facts = std::move(entry.facts),
                              .body = std::move(entry.body)}));
  entries_.clear();
  return {};
}

Result<std::string> reference_of(db::Reader& reader, std::string_view id) {
  auto first = TRY(evidence::read_stream(reader, case_stream(id), 1, 1));
  if (first.empty() || !first[0].body) return std::string();
  auto body = parse_json(*first[0].body, {4 << 20, 32});
  if (!body.ok() || !body->is_object()) return std::string();
  const json::value* reference = body->get_object().if_contains("reference");
  return reference && reference->is_string() ? std::string(reference->get_string()) : std::string();
}

std::string reference_digest(std::string_view secret, std::string_view portal, std::string_view reference) {
  std::string named = std::string(portal) + "\n" + std::string(reference);
  return to_hex(crypto::bytes(crypto::hmac_sha256(secret, named)));
}

Result<std::vector<std::string>> posts_of(db::Reader& reader, const Office& office, std::string_view officer, Time now) {
  if (!office.posts_of || officer.empty()) return std::vector<std::string>();
  return office.posts_of(reader, std::string(officer), text::jst_date(now));
}

std::string Reading::post_for(const std::vector<Step>& route) const {
  for (const auto& step : route)
    if (holds(held, step.post)) return step.post;
  for (const auto& step : route)
    if (holds(posts, step.post)) return held.front();
  return "";
}

Result<Reading> reading_of(db::Reader& reader, const Office& office, std::string_view officer, Time now) {
  Reading out;
  out.held = TRY(posts_of(reader, office, officer, now));
  out.posts = out.held;
  if (!office.unit_posts) return out;
  for (const auto& post : out.held)
    for (auto& other : TRY(office.unit_posts(reader, post, text::jst_date(now))))
      if (!holds(out.posts, other)) out.posts.push_back(std::move(other));
  return out;
}

Result<Text> post_title(db::Reader& reader, const Office& office, const std::string& post) {
  if (!office.post_title) return Text{post, post};
  return office.post_title(reader, post);
}

}  // namespace musubi::records
