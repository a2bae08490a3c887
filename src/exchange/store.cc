#include "exchange/store.h"

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/hash.h"

namespace musubi::exchange::store {
namespace {

std::string text(std::string_view view) { return std::string(view); }

std::string list(const std::vector<std::string>& all) { return json::serialize(json::value_from(all)); }

std::vector<std::string> list(std::string_view written) {
  std::vector<std::string> out;
  auto value = parse_json(written);
  if (!value.ok() || !value->is_array()) return out;  // `musubi verify` names the row
  for (const auto& each : value->get_array())
    if (each.is_string()) out.emplace_back(each.get_string());
  return out;
}

constexpr std::string_view kMember =
    "SELECT id, title_ja, title_en, kind, address, root_pem, seal_key, log_keys, page_url FROM exchange_member ";

Member member_of(const db::Row& row) {
  return {row.text(0), {row.text(1), row.text(2)}, row.text(3), row.text(4), row.text(5), row.text(6), list(row.text(7)), row.text(8)};
}

Result<std::vector<Member>> members_where(db::Reader& reader, std::string_view where, std::vector<db::Value> values) {
  std::vector<Member> out;
  for (const auto& row : TRY(reader.query(text(kMember) + text(where), db::Parameters(values)))) out.push_back(member_of(row));
  return out;
}

constexpr std::string_view kPermit =
    "SELECT id, asking, procedure, answering, items, purpose_ja, purpose_en, basis_ja, basis_en, from_day, until_day FROM "
    "exchange_permit ";

text::Date day_of(const std::string& written) {
  auto day = text::parse_date(written);
  return day.ok() ? *day : text::Date{9999, 12, 31};  // a damaged permit permits nothing
}

Permit permit_of(const db::Row& row) {
  Permit permit{row.text(0),
                row.text(1),
                row.text(2),
                row.text(3),
                list(row.text(4)),
                {row.text(5), row.text(6)},
                {row.text(7), row.text(8)},
                day_of(row.text(9)),
                {}};
  if (auto until = row.maybe_text(10)) permit.until = text::parse_date(*until).ok() ? day_of(*until) : text::Date{1, 1, 1};
  return permit;
}

constexpr std::string_view kRead =
    "SELECT id, person, incoming, peer, service, procedure, items, reference, basis_ja, basis_en, purpose_ja, purpose_en, outcome, at "
    "FROM exchange_read ";

std::vector<Read> reads_in(const db::Rows& rows) {
  std::vector<Read> out;
  for (const auto& row : rows)
    out.push_back({row.text(0),
                   row.text(1),
                   row.integer(2) != 0,
                   row.text(3),
                   row.text(4),
                   row.text(5),
                   list(row.text(6)),
                   row.text(7),
                   {row.text(8), row.text(9)},
                   {row.text(10), row.text(11)},
                   row.text(12),
                   Time{row.integer(13)}});
  return out;
}

}  // namespace

Result<void> put_member(db::Transaction& tx, const Member& member) {
  return tx.put("exchange_member", {{"id", member.id},
                                    {"title_ja", member.title.ja},
                                    {"title_en", member.title.en},
                                    {"kind", member.kind},
                                    {"address", member.address},
                                    {"root_pem", member.root_pem},
                                    {"seal_key", member.seal_key},
                                    {"log_keys", list(member.log_keys)},
                                    {"page_url", member.page_url}});
}

Result<std::optional<Member>> member(db::Reader& reader, std::string_view id) {
  auto found = TRY(members_where(reader, "WHERE id = $1", {text(id)}));
  return found.empty() ? std::optional<Member>() : std::optional(std::move(found[0]));
}

Result<std::optional<Member>> member_of_kind(db::Reader& reader, std::string_view kind) {
  auto found = TRY(members_where(reader, "WHERE kind = $1 ORDER BY id LIMIT 1", {text(kind)}));
  return found.empty() ? std::optional<Member>() : std::optional(std::move(found[0]));
}

Result<std::vector<Member>> members(db::Reader& reader) {
  return members_where(reader, "ORDER BY id LIMIT $1", {std::int64_t(kMembersAtMost)});
}

Result<void> put_permit(db::Transaction& tx, const Permit& permit) {
  return tx.put("exchange_permit", {{"id", permit.id},
                                    {"asking", permit.asking},
                                    {"procedure", permit.procedure},
                                    {"answering", permit.answering},
                                    {"items", list(permit.items)},
                                    {"purpose_ja", permit.purpose.ja},
                                    {"purpose_en", permit.purpose.en},
                                    {"basis_ja", permit.legal_basis.ja},
                                    {"basis_en", permit.legal_basis.en},
                                    {"from_day", text::iso_date(permit.from)},
                                    {"until_day", permit.until ? db::Value(text::iso_date(*permit.until)) : db::Value()}});
}

Result<std::vector<Permit>> permits(db::Reader& reader) {
  std::vector<Permit> out;
  for (const auto& row : TRY(reader.query(text(kPermit) + "ORDER BY id LIMIT $1", {std::int64_t(kPermitsAtMost)})))
    out.push_back(permit_of(row));
  return out;
}

Result<std::vector<Permit>> permits_between(db::Reader& reader, std::string_view asking, std::string_view asking_kind,
                                            std::string_view answering, std::string_view answering_kind) {
  std::vector<Permit> out;
  for (const auto& row : TRY(reader.query(text(kPermit) + "WHERE asking IN ($1, $2) AND answering IN ($3, $4) ORDER BY id LIMIT $5",
                                          {text(asking), "kind:" + text(asking_kind), text(answering), "kind:" + text(answering_kind),
                                           std::int64_t(kPermitsAtMost)})))
    out.push_back(permit_of(row));
  return out;
}

Result<void> put_read(db::Transaction& tx, const Read& read) {
  return tx.put("exchange_read", {{"id", read.id},
                                  {"person", read.person},
                                  {"incoming", std::int64_t(read.incoming)},
                                  {"peer", read.peer},
                                  {"service", read.service},
                                  {"procedure", read.procedure},
                                  {"items", list(read.items)},
                                  {"reference", read.reference},
                                  {"basis_ja", read.legal_basis.ja},
                                  {"basis_en", read.legal_basis.en},
                                  {"purpose_ja", read.purpose.ja},
                                  {"purpose_en", read.purpose.en},
                                  {"outcome", read.outcome},
                                  {"at", read.at.us}});
}

Result<std::vector<Read>> reads_of(db::Reader& reader, std::string_view person, std::size_t limit) {
  return reads_in(
      TRY(reader.query(std::string(kRead) + "WHERE person = $1 ORDER BY at DESC, id LIMIT $2", {text(person), std::int64_t(limit)})));
}

Result<ReadsPage> reads_page(db::Reader& reader, std::string_view person, ReadKind kind, std::uint64_t offset, std::size_t limit) {
  // The words of app/officer_reads.cc, as they stand in the column.
  std::string_view only = kind == ReadKind::kAll      ? ""
                          : kind == ReadKind::kListed ? R"( AND items IN ('["case.list"]','["register.list"]'))"
                                                      : R"( AND items NOT IN ('["case.list"]','["register.list"]'))";
  std::string where = "WHERE person = $1" + std::string(only);
  ReadsPage out;
  out.total = std::uint64_t(TRY(reader.query("SELECT count(*) FROM exchange_read " + where, {text(person)}))[0].integer(0));
  out.reads = reads_in(TRY(reader.query(std::string(kRead) + where + " ORDER BY at DESC, id LIMIT $2 OFFSET $3",
                                        {text(person), std::int64_t(limit), std::int64_t(offset)})));
  return out;
}

Result<std::vector<std::string>> persons_of_read(db::Reader& reader, std::string_view id) {
  std::vector<std::string> out;
  for (const auto& row : TRY(reader.query("SELECT person FROM exchange_read WHERE id = $1 ORDER BY person LIMIT 1000", {text(id)})))
    out.push_back(row.text(0));
  return out;
}

Result<void> remove_read(db::Transaction& tx, std::string_view id, std::string_view person) {
  return tx.remove("exchange_read", {text(id), text(person)});
}

Result<std::string> secret(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT secret FROM exchange_secret WHERE id = 1"));
  return rows.empty() ? std::string() : rows[0].blob(0);
}

Result<void> put_secret(db::Transaction& tx, std::string_view secret) {
  TRY(tx.execute("INSERT INTO exchange_secret (id, secret) VALUES (1, $1)", {db::blob(secret)}));
  return {};
}

Result<bool> is_used(db::Reader& reader, std::string_view digest) {
  return !TRY(reader.query("SELECT 1 FROM exchange_used WHERE digest = $1", {db::blob(digest)})).empty();
}

Result<void> use(db::Transaction& tx, std::string_view digest, Time expires_at) {
  TRY(tx.execute("INSERT INTO exchange_used (digest, expires_at) VALUES ($1, $2)", {db::blob(digest), expires_at.us}));
  return {};
}

Result<void> sweep(db::Transaction& tx, Time now) {
  constexpr std::int64_t kAtOnce = 20'000;  // 256 records, each with a nonce and at most 51 tokens
  TRY(
      tx.execute("DELETE FROM exchange_used WHERE digest IN (SELECT digest FROM exchange_used WHERE expires_at < $1 ORDER BY "
                 "expires_at LIMIT $2)",
                 {now.us, kAtOnce}));
  TRY(tx.execute("DELETE FROM exchange_taken WHERE digest IN (SELECT digest FROM exchange_taken WHERE at < $1 ORDER BY at LIMIT $2)",
                 {now.us - kTakenKept_us, kAtOnce}));
  for (const char* state : {"delivered", "failed"})
    TRY(
        tx.execute("DELETE FROM exchange_outbox WHERE id IN (SELECT id FROM exchange_outbox WHERE state = $1 AND created_at < $2 "
                   "ORDER BY created_at LIMIT $3)",
                   {std::string(state), now.us - kDoneKept_us, kAtOnce}));
  return {};
}

Result<std::optional<std::string>> taken(db::Reader& reader, std::string_view digest) {
  auto rows = TRY(reader.query("SELECT answer FROM exchange_taken WHERE digest = $1", {db::blob(digest)}));
  return rows.empty() ? std::optional<std::string>() : std::optional(rows[0].text(0));
}

Result<void> take(db::Transaction& tx, std::string_view digest, std::string_view answer, Time now) {
  TRY(tx.execute("INSERT INTO exchange_taken (digest, answer, at) VALUES ($1, $2, $3)", {db::blob(digest), text(answer), now.us}));
  return {};
}

namespace {

// Of what is sent, and where; not of attempts and times to come, which change while it waits.
std::string digest_of(const std::string& id, const std::string& key, const std::string& receiver, const std::string& service,
                      const std::string& person, const std::string& further, const std::string& body, const std::string& about,
                      std::int64_t created_at) {
  json::array all{id, key, receiver, service, person, further, body, about, std::to_string(created_at)};
  return to_hex(crypto::bytes(crypto::sha256(canonical_json(all))));
}

}  // namespace

Result<bool> add_post(db::Transaction& tx, const Post& post, Time next_at) {
  const Outgoing& out = post.outgoing;
  if (!TRY(tx.query("SELECT 1 FROM exchange_outbox WHERE idempotency_key = $1", {out.key})).empty()) return false;
  std::string further = list(out.further), body = json::serialize(out.body);
  TRY(
      tx.execute("INSERT INTO exchange_outbox (id, idempotency_key, receiver, service, person, further, body, state, blocks, "
                 "attempts, created_at, next_at, error_ja, error_en, about) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, 0, $8, $9, '', '', $10)",
                 {post.id, out.key, out.to, out.service, out.person, further, body, post.created_at.us, next_at.us, out.about}));
  TRY(tx.put("exchange_waiting", {{"id", post.id},
                                  {"digest", digest_of(post.id, out.key, out.to, out.service, out.person, further, body, out.about,
                                                       post.created_at.us)}}));
  return true;
}

Result<std::vector<Due>> due_posts(db::Reader& reader, Time now, std::size_t limit) {
  std::vector<Due> out;
  for (const auto& row : TRY(reader.query("SELECT id, receiver, person FROM exchange_outbox o WHERE state = 'waiting' AND next_at <= "
                                          "$1 AND NOT EXISTS (SELECT 1 FROM exchange_outbox e "
                                          "WHERE e.state = 'waiting' AND e.next_at > $1 AND e.receiver = o.receiver AND e.blocks = 1 "
                                          "AND e.created_at < o.created_at) "
                                          "ORDER BY created_at, id LIMIT $2",
                                          {now.us, std::int64_t(limit)})))
    out.push_back({row.text(0), row.text(1), row.text(2)});
  return out;
}

namespace {

constexpr std::string_view kPost =
    "SELECT id, idempotency_key, receiver, service, person, further, body, attempts, created_at, about FROM exchange_outbox ";

Post post_of(const db::Row& row) {
  auto body = parse_json(row.text(6), {16 << 20, 64});
  return {row.text(0),
          {row.text(2), row.text(3), row.text(4), list(row.text(5)),
           body.ok() && body->is_object() ? body->get_object() : json::object(), row.text(1), row.text(9)},
          int(row.integer(7)),
          Time{row.integer(8)}};
}

std::string digest_of(const db::Row& row) {
  return digest_of(row.text(0), row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6), row.text(9),
                   row.integer(8));
}

Result<std::optional<std::string>> queued_digest(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query("SELECT digest FROM exchange_waiting WHERE id = $1", {text(id)}));
  return rows.empty() ? std::optional<std::string>() : std::optional(rows[0].text(0));
}

}  // namespace

Result<std::optional<Post>> waiting_post(db::Reader& reader, std::string_view id) {
  auto rows = TRY(reader.query(std::string(kPost) + "WHERE id = $1 AND state = 'waiting'", {text(id)}));
  if (rows.empty()) return std::optional<Post>();
  auto post = post_of(rows[0]);
  post.as_queued = TRY(queued_digest(reader, id)) == digest_of(rows[0]);
  return std::optional(std::move(post));
}

Result<std::vector<Unlike>> unlike_queued(db::Reader& reader, std::size_t limit) {
  constexpr std::int64_t kAtOnce = 20;  // bodies may be large
  std::vector<Unlike> out;
  for (std::string after; out.size() < limit;) {
    auto rows = TRY(reader.query(std::string(kPost) + "WHERE state = 'waiting' AND id > $1 ORDER BY id LIMIT $2", {after, kAtOnce}));
    for (const auto& row : rows) {
      after = row.text(0);
      auto queued = TRY(queued_digest(reader, after));
      if (queued != digest_of(row)) out.push_back({after, true, queued.has_value()});
    }
    if (rows.size() < std::size_t(kAtOnce)) break;
  }
  for (const auto& row :
       TRY(reader.query("SELECT w.id FROM exchange_waiting w WHERE NOT EXISTS (SELECT 1 FROM exchange_outbox o WHERE "
                        "o.id = w.id AND o.state = 'waiting') ORDER BY w.id LIMIT $1",
                        {std::int64_t(limit)})))
    out.push_back({row.text(0), false, true});
  return out;
}

Result<std::size_t> seal_unqueued(db::Transaction& tx) {
  std::size_t sealed = 0;
  for (const auto& one : TRY(unlike_queued(tx, SIZE_MAX / 2))) {
    if (!one.is_there || one.was_queued) continue;
    auto rows = TRY(tx.query(std::string(kPost) + "WHERE id = $1", {one.id}));
    TRY(tx.put("exchange_waiting", {{"id", one.id}, {"digest", digest_of(rows.at(0))}}));
    ++sealed;
  }
  return sealed;
}

Result<std::vector<Post>> waiting_about(db::Reader& reader, std::string_view about) {
  std::vector<Post> out;
  for (const auto& row : TRY(reader.query(std::string(kPost) + "WHERE about = $1 AND state = 'waiting' ORDER BY id", {text(about)})))
    out.push_back(post_of(row));
  return out;
}

Result<std::size_t> count_waiting(db::Reader& reader, std::size_t at_most) {
  return std::size_t(TRY(reader.query("SELECT count(*) FROM (SELECT id FROM exchange_outbox WHERE state = 'waiting' LIMIT $1) waiting",
                                      {std::int64_t(at_most)}))[0]
                         .integer(0));
}

Result<std::optional<Time>> next_due(db::Reader& reader) {
  auto rows = TRY(reader.query("SELECT next_at FROM exchange_outbox WHERE state = 'waiting' ORDER BY next_at LIMIT 1"));
  return rows.empty() ? std::optional<Time>() : std::optional(Time{rows[0].integer(0)});
}

Result<bool> is_waiting(db::Reader& reader, std::string_view id) {
  return !TRY(reader.query("SELECT 1 FROM exchange_outbox WHERE id = $1 AND state = 'waiting'", {text(id)})).empty();
}

Result<void> postpone(db::Transaction& tx, std::string_view id, int attempts, bool blocks, Time next_at, const Text& error) {
  TRY(
      tx.execute("UPDATE exchange_outbox SET attempts = $2, blocks = $6, next_at = $3, error_ja = $4, error_en = $5 WHERE id = $1 AND "
                 "state = 'waiting'",
                 {text(id), std::int64_t(attempts), next_at.us, error.ja, error.en, std::int64_t(blocks)}));
  return {};
}

Result<void> finish_post(db::Transaction& tx, std::string_view id, std::string_view state, int attempts, const Text& error) {
  TRY(
      tx.execute("UPDATE exchange_outbox SET state = $2, attempts = $3, error_ja = $4, error_en = $5, body = '', person = '', further "
                 "= '[]' WHERE id = $1",
                 {text(id), text(state), std::int64_t(attempts), error.ja, error.en}));
  return tx.remove("exchange_waiting", {text(id)});
}

Result<std::vector<Posted>> outbox(db::Reader& reader, std::size_t limit) {
  std::vector<Posted> out;
  for (const auto& row :
       TRY(reader.query("SELECT id, receiver, service, idempotency_key, state, attempts, created_at, next_at, error_ja, error_en FROM "
                        "exchange_outbox "
                        "ORDER BY CASE state WHEN 'waiting' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END, created_at DESC, id LIMIT $1",
                        {std::int64_t(limit)})))
    out.push_back({row.text(0),
                   row.text(1),
                   row.text(2),
                   row.text(3),
                   row.text(4),
                   int(row.integer(5)),
                   Time{row.integer(6)},
                   Time{row.integer(7)},
                   {row.text(8), row.text(9)}});
  return out;
}

}  // namespace musubi::exchange::store
