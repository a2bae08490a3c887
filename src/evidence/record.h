// Records: what an act leaves behind. A record is a head and a body; its leaf in the organisation's Merkle log commits
// to both with salts, so that the public log shows neither who, nor what, nor which stream, and the body can be erased
// while every proof stays valid. Formats: docs/formats/record.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "db/transaction.h"

namespace musubi::evidence {

// Who may see a record's head and body besides the auditor's role. Leaves are always public. kOncePublished: that role until
// the module that wrote the record says that it was published (RouteContext::published), then everybody.
enum class Visibility { kPublic, kOfficers, kOncePublished };

// Declared once per type by the module that writes it; heads carry the facts named here and no others.
struct RecordType {
  std::string_view name;  // "kpi.measure_entered": module, dot, what happened
  int version = 1;
  Visibility visibility = Visibility::kOfficers;
  std::string_view title_ja;
  std::string_view title_en;
  std::span<const std::string_view> facts;  // non-personal members of head.facts that may be set
};

// What a module hands to append().
struct Draft {
  const RecordType& type;
  std::string stream;             // "kpi/plan/japan.basic-plan-2019"; counted from 1 within the organisation
  std::string actor;              // code of the officer, resident or service that acted: never a name
  std::string on_behalf_of = {};  // code of the person or body acted for; empty = for themselves
  json::object facts = {};
  json::value body = nullptr;  // null = the record has no body
};

struct Appended {
  std::uint64_t index = 0;    // leaf index, from 0
  std::uint64_t counter = 0;  // within the stream, from 1
};

// Writes the record of what this closure has changed since its last append. The rows put and removed become the
// record's manifest. Errors: those of the statements. CHECKs: an undeclared fact, an empty stream or actor, a head
// beyond 4 KiB, a body beyond 1 MiB.
Result<Appended> append(db::Transaction& tx, Draft draft);

// A record as it is stored. `body` is empty when there was none or when it was erased.
struct Record {
  std::uint64_t index = 0;
  std::string stream;
  std::uint64_t counter = 0;
  std::string type;
  Time at;
  std::string head;       // canonical JSON, the committed bytes
  std::string head_salt;  // 16 bytes
  std::string manifest;
  std::string body_commitment;           // 32 bytes; all zero when the record never had a body
  std::optional<std::string> body;       // canonical JSON, the committed bytes
  std::optional<std::string> body_salt;  // 16 bytes
  std::string leaf_hash;                 // 32 bytes

  bool had_body() const;
  std::string entry() const;  // the leaf's 65 bytes: version 1, head commitment, body commitment
};

Result<std::optional<Record>> find_record(db::Reader& reader, std::uint64_t index);

// Records from `from` on, in commit order, at most `limit` (1 to 1,000). With `type`, only those.
Result<std::vector<Record>> read_records(db::Reader& reader, std::uint64_t from, std::size_t limit, std::string_view type = {});
Result<std::vector<Record>> read_stream(db::Reader& reader, std::string_view stream, std::uint64_t from_counter, std::size_t limit);

// What figures are made of: the head and when, without body and proofs. As read_records; `type` empty = all.
struct Head {
  std::uint64_t index = 0;
  std::string stream;
  std::string type;
  Time at;
  std::string head;  // canonical JSON, the committed bytes
};
Result<std::vector<Head>> read_heads(db::Reader& reader, std::uint64_t from, std::size_t limit, std::string_view type = {});
// The same in bounded memory, for passes over the whole log: `each` sees views that end with the call. `types` empty = all.
struct HeadView {
  std::uint64_t index = 0, counter = 0;  // in the log; in its stream
  std::string_view stream, type, head;
  Time at;
};
Result<void> scan_heads(db::Reader& reader, std::uint64_t from, std::uint64_t until, std::span<const std::string> types,
                        const std::function<Result<void>(const HeadView&)>& each);
// Of one stream, those of a type before a counter, oldest first, at most `limit`.
Result<std::vector<Head>> read_stream_heads(db::Reader& reader, std::string_view stream, std::string_view type,
                                            std::uint64_t before_counter, std::size_t limit);
Result<std::uint64_t> record_count(db::Reader& reader);  // records of the log as this reader sees it

// A reader's durable position: the index of the first record it has not finished. At least once: move the cursor in
// the transaction that holds the effect.
Result<std::uint64_t> cursor(db::Reader& reader, std::string_view name);
Result<void> move_cursor(db::Transaction& tx, std::string_view name, std::uint64_t position);

// Idempotency: the answer given before for this key, if any. Another request under the same key is an error:
// idempotency.reused (Code::kConflict). Remember in the same closure as the act. Keys are at most 200 bytes. What is older
// than kRemembered is forgotten as new answers come.
inline constexpr std::int64_t kRemembered_us = 31 * 86'400'000'000LL;
Result<std::optional<std::string>> replay(db::Transaction& tx, std::string_view key, std::string_view request);
Result<void> remember(db::Transaction& tx, std::string_view key, std::string_view request, std::string_view answer, Time now);

// For EraseRows: requests under keys that begin with `prefix` (which ends in "/") can no longer be guessed from their digest.
// Their answers stay, so that nothing is done twice.
Result<void> forget_requests(db::Transaction& tx, std::string_view prefix);

// Formats, pure functions. Labels separate the domains of the hashes.
crypto::Digest head_commitment(std::string_view salt, std::string_view head);
crypto::Digest body_commitment(std::string_view salt, std::string_view body);
crypto::Digest row_digest(std::string_view salt, const db::Table& table, std::span<const db::Value> values);
std::string encode_entry(const crypto::Digest& head, std::string_view body_commitment);

// One line of a manifest: `put TABLE VERSION KEY DIGEST` or `remove TABLE VERSION KEY`, KEY a canonical JSON array,
// DIGEST in base64.
struct ManifestLine {
  bool put = false;
  std::string table;
  int version = 0;
  std::string key;
  std::string digest;  // 32 bytes, empty for a removal
};
std::string manifest_key(std::span<const db::Value> key);
Result<std::vector<ManifestLine>> parse_manifest(std::string_view manifest);  // error: evidence.bad_manifest

}  // namespace musubi::evidence
