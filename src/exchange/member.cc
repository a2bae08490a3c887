#include "exchange/member.h"

#include <array>
#include <map>

#include "exchange/rules.h"
#include "exchange/state.h"
#include "exchange/store.h"

namespace musubi::exchange {
namespace {

using evidence::Visibility;

constexpr std::array<std::string_view, 6> kAskedFacts = {"answering", "service", "procedure", "outcome", "items", "ms"};
constexpr std::array<std::string_view, 6> kAnsweredFacts = {"asking", "service", "procedure", "outcome", "items", "ms"};
constexpr std::array<std::string_view, 5> kDeliveredFacts = {"answering", "service", "outcome", "attempts", "ms"};
constexpr std::array<std::string_view, 2> kMemberFacts = {"member", "kind"};
constexpr std::array<std::string_view, 1> kCountFact = {"count"};
constexpr std::array<std::string_view, 1> kPermitFact = {"permit"};
constexpr std::array<evidence::RecordType, 8> kTypes = {{
    {"exchange.asked", 1, Visibility::kOfficers, "他機関に照会した", "Another organisation was asked", kAskedFacts},
    {"exchange.answered", 1, Visibility::kOfficers, "他機関に回答した", "Another organisation was answered", kAnsweredFacts},
    {"exchange.delivered", 1, Visibility::kOfficers, "他機関に届けた", "Delivered to another organisation", kDeliveredFacts},
    {"exchange.member_entered", 1, Visibility::kPublic, "連携先の機関を登録した", "A member entered", kMemberFacts},
    {"exchange.member_removed", 1, Visibility::kPublic, "連携先の機関を外した", "A member removed", kMemberFacts},
    {"exchange.permits_entered", 1, Visibility::kPublic, "提供許可を登録した", "Permits entered", kCountFact},
    {"exchange.permit_withdrawn", 1, Visibility::kPublic, "提供許可を取り下げた", "A permit withdrawn", kPermitFact},
    {"exchange.outbox_sealed", 1, Visibility::kOfficers, "送信待ちを確かめて送信を許した", "What waited was looked at and released",
     kCountFact},
}};

json::object text_json(const Text& text) { return {{"ja", text.ja}, {"en", text.en}}; }

json::object permit_json(const Permit& permit) {
  json::object out{{"id", permit.id},
                   {"asking", permit.asking},
                   {"procedure", permit.procedure},
                   {"answering", permit.answering},
                   {"items", json::value_from(permit.items)},
                   {"purpose", text_json(permit.purpose)},
                   {"legal_basis", text_json(permit.legal_basis)},
                   {"from", text::iso_date(permit.from)}};
  if (permit.until) out["until"] = text::iso_date(*permit.until);
  return out;
}

constexpr std::string_view kReadStream = "exchange/read/";

}  // namespace

std::span<const evidence::RecordType> record_types() { return kTypes; }
const evidence::RecordType& asked_type() { return kTypes[0]; }
const evidence::RecordType& answered_type() { return kTypes[1]; }
const evidence::RecordType& delivered_type() { return kTypes[2]; }
const evidence::RecordType& member_entered_type() { return kTypes[3]; }
const evidence::RecordType& member_removed_type() { return kTypes[4]; }
const evidence::RecordType& permits_entered_type() { return kTypes[5]; }
const evidence::RecordType& permit_withdrawn_type() { return kTypes[6]; }
const evidence::RecordType& outbox_sealed_type() { return kTypes[7]; }

namespace {

// A descriptor is written by whom it describes, and permits and the issue of cards go by the kind in it.
Result<void> check_kind(db::Reader& reader, const Member& member) {
  auto before = TRY(store::member(reader, member.id));
  if (before && before->kind != member.kind)
    return Error{Code::kConflict,
                 "exchange.kind_changed",
                 {"「" + member.id + "」の種別が " + before->kind + " から " + member.kind +
                      " に変わっています。相手に確かめ、正しければ先に登録を外してください。",
                  "The kind of \"" + member.id + "\" would change from " + before->kind + " to " + member.kind +
                      ". Check with them; if it is right, remove the member first."},
                 {}};
  auto linker = member.kind == "linker" ? TRY(store::member_of_kind(reader, "linker")) : std::optional<Member>();
  if (linker && linker->id != member.id)
    return Error{
        Code::kConflict,
        "exchange.second_linker",
        {"符号連携機関は一つだけです（今は「" + linker->id + "」）。「" + member.id + "」に替えるなら、先に今のものを外してください。",
         "There is one linker only, now \"" + linker->id + "\". To change to \"" + member.id + "\", remove the present one first."},
        {}};
  return {};
}

}  // namespace

Result<void> enter_member(db::Transaction& tx, const Member& member, std::string_view actor) {
  auto faults = check_member(member);
  if (!faults.empty()) {
    Text first = faults.front().message;
    return Error{Code::kInvalid,
                 "exchange.bad_member",
                 {"連携先の記述に誤りがあります。" + first.ja, "The description of the member has faults. " + first.en},
                 std::move(faults)};
  }
  if (TRY(store::members(tx)).size() >= kMembersAtMost)
    return Error{
        Code::kConflict,
        "exchange.too_many",
        {"連携先は 5,000 機関までです。使わないものを外してください。", "There may be 5,000 members. Remove those not in use."},
        {}};
  TRY(check_kind(tx, member));
  TRY(store::put_member(tx, member));
  TRY(evidence::append(tx,
                       {member_entered_type(),
                        "exchange/member/" + member.id,
                        std::string(actor),
                        "",
                        {{"member", member.id}, {"kind", member.kind}},
                        json::object{{"title", text_json(member.title)}, {"address", member.address}, {"root", member.root_pem}}}));
  return {};
}

Result<void> remove_member(db::Transaction& tx, std::string_view id, std::string_view actor) {
  auto found = TRY(store::member(tx, id));
  if (!found) return unknown_member(id);
  TRY(tx.remove("exchange_member", {std::string(id)}));
  TRY(evidence::append(tx, {member_removed_type(),
                            "exchange/member/" + found->id,
                            std::string(actor),
                            "",
                            {{"member", found->id}, {"kind", found->kind}}}));
  return {};
}

Result<std::optional<Member>> member(db::Reader& reader, std::string_view id) { return store::member(reader, id); }
Result<std::vector<Member>> members(db::Reader& reader) { return store::members(reader); }
Result<std::optional<Member>> member_of_kind(db::Reader& reader, std::string_view kind) { return store::member_of_kind(reader, kind); }

Result<void> enter_permits(db::Transaction& tx, const std::vector<Permit>& permits, std::string_view actor) {
  std::vector<Fault> faults;
  json::array all;
  for (std::size_t i = 0; i < permits.size(); ++i) {
    for (auto& fault : check_permit(permits[i], "/permits/" + std::to_string(i))) faults.push_back(std::move(fault));
    all.push_back(permit_json(permits[i]));
  }
  if (!faults.empty() || permits.empty())
    return Error{Code::kInvalid, "exchange.bad_permit", {"提供許可に誤りがあります。", "The permits have faults."}, std::move(faults)};
  if (permits.size() + TRY(store::permits(tx)).size() > kPermitsAtMost)
    return Error{Code::kConflict,
                 "exchange.too_many",
                 {"提供許可は 5,000 行までです。古いものを取り下げてください。", "There may be 5,000 permits. Withdraw old ones."},
                 {}};
  for (const auto& permit : permits) TRY(store::put_permit(tx, permit));
  if (json::serialize(all).size() > 512 * 1024) all.clear();  // the manifest holds every row's digest in any case
  TRY(evidence::append(tx, {permits_entered_type(),
                            "exchange/permits",
                            std::string(actor),
                            "",
                            {{"count", std::int64_t(permits.size())}},
                            json::object{{"permits", std::move(all)}}}));
  return {};
}

Result<void> withdraw_permit(db::Transaction& tx, std::string_view id, std::string_view actor) {
  std::string name(id);
  for (const auto& permit : TRY(store::permits(tx))) {
    if (permit.id != name) continue;
    TRY(tx.remove("exchange_permit", {name}));
    TRY(evidence::append(tx, {permit_withdrawn_type(), "exchange/permits", std::string(actor), "", {{"permit", name}}}));
    return {};
  }
  return Error{Code::kNotFound,
               "exchange.unknown_permit",
               {"提供許可「" + name + "」はありません。一覧から選んでください。",
                "There is no permit \"" + name + "\". Choose one from the list."},
               {}};
}

Result<std::vector<Permit>> permits(db::Reader& reader) { return store::permits(reader); }
Result<std::vector<Read>> reads_of(db::Reader& reader, std::string_view person, std::size_t limit) {
  return store::reads_of(reader, person, limit);
}
Result<std::vector<std::string>> persons_of_read(db::Reader& reader, std::string_view id) {
  return store::persons_of_read(reader, id);
}
std::string_view read_kind_word(ReadKind kind) { return kind == ReadKind::kUsed ? "used" : kind == ReadKind::kListed ? "listed" : ""; }
ReadKind read_kind_from(std::string_view word) {
  return word == "used" ? ReadKind::kUsed : word == "listed" ? ReadKind::kListed : ReadKind::kAll;
}
Result<ReadsPage> reads_page(db::Reader& reader, std::string_view person, ReadKind kind, std::uint32_t page, std::size_t per_page) {
  return store::reads_page(reader, person, kind, (std::max<std::uint64_t>(page, 1) - 1) * per_page, per_page);
}
std::string read_stream_of(std::string_view id) { return std::string(kReadStream) + std::string(id); }

Result<std::string> note_officer_reads(db::Transaction& tx, std::string_view organisation, std::vector<Read> seen) {
  std::map<std::string, Read> rows;
  std::string id = random_id();
  for (auto& one : seen) {
    if (one.person.empty()) continue;
    auto [row, fresh] = rows.try_emplace(one.person, one);
    if (!fresh) row->second.purpose.ja += "、" + one.purpose.ja, row->second.purpose.en += "; " + one.purpose.en;
  }
  for (auto& [person, row] : rows) {
    row.id = id;
    row.incoming = false;
    row.peer = std::string(organisation);
    row.service = std::string(kOfficerService);
    row.reference.clear();
    row.outcome = "ok";
    TRY(store::put_read(tx, row));
  }
  return read_stream_of(id);
}

Result<std::size_t> drop_waiting(db::Transaction& tx, std::string_view about, const Dropped& dropped) {
  if (about.empty()) return std::size_t(0);  // what names nothing
  const Error erased{Code::kConflict,
                     "exchange.erased",
                     {"送る前に、命令により消去されました。相手には届いていません。",
                      "It was erased on order before it was sent. The other side never had it."},
                     {}};
  auto posts = TRY(store::waiting_about(tx, about));
  for (const auto& post : posts) {
    TRY(store::finish_post(tx, post.id, "failed", post.attempts, erased.message));
    TRY(evidence::append(tx, {delivered_type(),
                              "exchange/asked/" + post.outgoing.to,
                              "exchange",
                              "",
                              {{"answering", post.outgoing.to},
                               {"service", post.outgoing.service},
                               {"outcome", outcome_of(erased)},
                               {"attempts", std::int64_t(post.attempts)}}}));
    if (dropped) TRY(dropped(tx, post.outgoing, erased));
  }
  return posts.size();
}

Result<std::vector<Posted>> outbox(db::Reader& reader, std::size_t limit) { return store::outbox(reader, limit); }

Result<std::vector<std::string>> erase_reads(db::Transaction& tx, std::span<const std::uint64_t> records) {
  for (std::uint64_t index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record || !record->stream.starts_with(kReadStream)) continue;
    std::string id = record->stream.substr(kReadStream.size());
    for (const auto& person : TRY(store::persons_of_read(tx, id))) TRY(store::remove_read(tx, id, person));
  }
  return std::vector<std::string>{"exchange_read", "exchange_outbox"};
}

}  // namespace musubi::exchange
