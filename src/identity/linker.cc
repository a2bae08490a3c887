#include "identity/linker.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "evidence/log.h"
#include "evidence/record.h"
#include "identity/record_types.h"
#include "identity/residents.h"
#include "text/normalise.h"

namespace musubi::identity {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz023456789";
constexpr std::string_view kCardPrefix = "card-";
constexpr std::string_view kSelect = "SELECT id, person, state, ordered_at, expires_at, login, signing FROM identity_card ";

struct StateWords {
  CardState state;
  std::string_view word, ja, en;
};
constexpr std::array<StateWords, 8> kStates = {{{CardState::kOrdered, "ordered", "申請中", "Ordered"},
                                                {CardState::kIssued, "issued", "交付準備", "Issued"},
                                                {CardState::kActive, "active", "有効", "Active"},
                                                {CardState::kSuspended, "suspended", "一時停止", "Suspended"},
                                                {CardState::kLost, "lost", "紛失", "Lost"},
                                                {CardState::kExpired, "expired", "期限切れ", "Expired"},
                                                {CardState::kReturned, "returned", "返納", "Returned"},
                                                {CardState::kRevoked, "revoked", "失効", "Revoked"}}};

const StateWords& words_of(CardState state) {
  for (const auto& each : kStates)
    if (each.state == state) return each;
  CHECK(false);
  return kStates[0];
}

struct StoredCard {
  Card card;
  std::optional<std::string> login, signing;
};

StoredCard card_of(const db::Row& row) {
  Card card{row.text(0), row.text(1), card_state_from(row.text(2)).value_or(CardState::kRevoked), Time{row.integer(3)},
            Time{row.integer(4)}};
  return {std::move(card), row.maybe_text(5), row.maybe_text(6)};
}

Result<std::optional<StoredCard>> find_card(db::Reader& reader, std::string_view where, std::string_view value) {
  auto rows = TRY(reader.query(std::string(kSelect) + std::string(where), {std::string(value)}));
  if (rows.empty()) return std::optional<StoredCard>();
  return std::optional(card_of(rows[0]));
}

Result<void> put_card(db::Transaction& tx, const StoredCard& stored, std::string_view actor) {
  const Card& card = stored.card;
  std::string state(card_state_word(card.state));
  TRY(tx.put("identity_card", {{"id", card.id},
                               {"person", card.person},
                               {"state", state},
                               {"ordered_at", card.ordered_at.us},
                               {"expires_at", card.expires_at.us},
                               {"login", db::optional_text(stored.login)},
                               {"signing", db::optional_text(stored.signing)}}));
  TRY(evidence::append(tx, {record_type("identity.card_changed"),
                            "identity/card/" + card.id,
                            std::string(actor),
                            "",
                            {{"state", state}},
                            json::object{{"person", card.person}}}));
  return {};
}

Error unknown_card() {
  return {Code::kForbidden,
          "identity.unknown_card",
          {"このカードは登録されていません。正しいカードを選んだか確かめ、そうであればカードを交付した窓口に問い合わせてください。",
           "This card is not known. Check that you chose the right one; if so, ask the office that issued it."},
          {}};
}

Error unknown_person(std::string_view person) {
  std::string p(person);
  return {Code::kNotFound,
          "identity.unknown_person",
          {"人 " + p + " は登録されていません。番号を確かめるか、先にその人を登録してください。",
           "There is no person " + p + ". Check the number, or enter the person first."},
          {}};
}

Error card_step(CardState from, CardState to) {
  Text a = card_state_title(from), b = card_state_title(to);
  return {Code::kConflict,
          "identity.card_step",
          {"「" + a.ja + "」のカードは「" + b.ja +
               "」にできません。紛失・期限切れ・返納・失効したカードは使えるようになりません。新しいカードを交付してください。",
           "A card that is " + a.en + " cannot become " + b.en +
               ". A card that is lost, expired, returned or revoked never works again: issue a new one."},
          {}};
}

bool may_step(CardState from, CardState to) {
  using enum CardState;
  switch (from) {
    case kOrdered: return to == kIssued || to == kRevoked;
    case kIssued: return to == kActive || to == kReturned || to == kRevoked;
    case kActive: return to == kSuspended || to == kLost || to == kExpired || to == kReturned || to == kRevoked;
    case kSuspended: return to == kActive || to == kLost || to == kExpired || to == kReturned || to == kRevoked;
    default: return false;
  }
}

Result<bool> has_person(db::Reader& reader, std::string_view person) {
  return !TRY(reader.query("SELECT id FROM identity_person WHERE id = $1", {std::string(person)})).empty();
}

}  // namespace

std::string_view card_state_word(CardState state) { return words_of(state).word; }

std::optional<CardState> card_state_from(std::string_view word) {
  for (const auto& each : kStates)
    if (each.word == word) return each.state;
  return std::nullopt;
}

Text card_state_title(CardState state) { return {std::string(words_of(state).ja), std::string(words_of(state).en)}; }

Result<void> check_card(CardState state) {
  using enum CardState;
  switch (state) {
    case kActive: return {};
    case kSuspended:
      return Error{Code::kForbidden,
                   "identity.card_suspended",
                   {"このカードは一時停止されています。見つかった場合や再開する場合は、カードを交付した窓口に連絡してください。",
                    "This card is suspended. To use it again, ask the office that issued it."},
                   {}};
    case kLost:
      return Error{Code::kForbidden,
                   "identity.card_lost",
                   {"このカードは紛失の届け出により使えません。見つかっても使えません。窓口で新しいカードを申請してください。",
                    "This card was reported lost and cannot be used, even when found. Apply for a new one."},
                   {}};
    case kExpired:
      return Error{Code::kForbidden,
                   "identity.card_expired",
                   {"このカードまたは証明書の有効期限が切れています。窓口で更新してください。",
                    "This card or its certificate has expired. Renew it at the office."},
                   {}};
    case kReturned:
    case kRevoked:
      return Error{Code::kForbidden,
                   "identity.card_revoked",
                   {"このカードは失効しています。新しいカードを使うか、窓口で申請してください。",
                    "This card was revoked. Use your new card, or apply for one."},
                   {}};
    case kOrdered:
    case kIssued: break;
  }
  return Error{
      Code::kForbidden,
      "identity.card_not_active",
      {"このカードはまだ使えません。窓口で受け取りの手続をしてください。", "This card is not in use yet. Collect it at the office."},
      {}};
}

Result<Linker> Linker::open(const std::string& keys_folder) {
  std::string path = keys_folder + "/linker.secret";
  auto text = crypto::read_key_file(path);
  if (!text.ok() && text.error().name == "crypto.key_exposed") return std::move(text).error();
  auto secret = text.ok() ? from_hex(text::trim(*text)) : std::nullopt;
  if (!secret || secret->size() != kSecretBytes)
    return Error{
        Code::kCorrupt,
        "identity.linker_secret",
        {path + " がないか、読めません。控えから戻してください。作り直すと全員の符号が変わり、交付したカードも使えなくなります。",
         path + " is missing or cannot be read. Restore it from its copy: a new one would give everybody new codes, and no card would "
                "be known."},
        {}};
  return Linker(std::move(*secret));
}

Result<bool> Linker::knows_somebody(db::Reader& reader) {
  return !TRY(reader.query("SELECT id FROM identity_person LIMIT 1")).empty();
}

Result<Linker> Linker::begin(db::Reader& reader, const std::string& keys_folder) {
  std::string path = keys_folder + "/linker.secret";
  if (!file_exists(path) && !TRY(knows_somebody(reader))) {
    auto made = crypto::create_key_file(path, to_hex(crypto::random_bytes(kSecretBytes)) + "\n");
    if (!made.ok() && made.error().name != "crypto.key_exists") return std::move(made).error();  // another thread may have been first
  }
  return open(keys_folder);
}

Linker::Linker(std::string secret) : secret_(std::move(secret)) { CHECK(secret_.size() == kSecretBytes); }

// Length-prefixed, so that no two pairs give the same message.
std::string Linker::digest(std::string_view label, std::string_view a, std::string_view b) const {
  std::string message;
  for (auto part : {label, a, b}) {
    put_be32(message, std::uint32_t(part.size()));
    message += part;
  }
  return std::string(crypto::bytes(crypto::hmac_sha256(secret_, message)));
}

Result<std::string> Linker::add_person(db::Transaction& tx, std::string_view actor) const {
  std::string id = new_person_code();
  TRY(tx.put("identity_person", {{"id", id}, {"added_at", evidence::Log::of(tx).now().us}}));
  TRY(evidence::append(tx, {record_type("identity.person_added"), "identity/person/" + id, std::string(actor)}));
  return id;
}

Result<std::string> Linker::code_for(db::Transaction& tx, std::string_view person, std::string_view organisation,
                                     std::string_view purpose, std::string_view actor) const {
  if (!TRY(has_person(tx, person))) return unknown_person(person);
  std::string code = person_code(digest("code", person, organisation).substr(0, 16));
  std::string key = to_hex(digest("mapping", organisation, code));
  if (!TRY(tx.query("SELECT digest FROM identity_mapping WHERE digest = $1", {key})).empty()) return code;
  TRY(tx.put("identity_mapping", {{"digest", key}, {"person", std::string(person)}, {"organisation", std::string(organisation)}}));
  TRY(evidence::append(tx, {record_type("identity.code_mapped"),
                            "identity/person/" + std::string(person),
                            std::string(actor),
                            "",
                            {{"organisation", std::string(organisation)}, {"purpose", std::string(purpose)}}}));
  return code;
}

Result<std::optional<std::string>> Linker::person_of(db::Reader& reader, std::string_view organisation, std::string_view code) const {
  auto rows =
      TRY(reader.query("SELECT person FROM identity_mapping WHERE digest = $1", {to_hex(digest("mapping", organisation, code))}));
  if (rows.empty()) return std::optional<std::string>();
  return std::optional(rows[0].text(0));
}

Result<Card> Linker::order_card(db::Transaction& tx, std::string_view person, Time expires_at, std::string_view actor,
                                Time now) const {
  if (!TRY(has_person(tx, person))) return unknown_person(person);
  std::string id(kCardPrefix);
  for (unsigned char byte : crypto::random_bytes(10)) id += kLetters[byte % kLetters.size()];
  StoredCard stored{{std::move(id), std::string(person), CardState::kOrdered, now, expires_at}, {}, {}};
  TRY(put_card(tx, stored, actor));
  return stored.card;
}

Result<Card> Linker::issue_card(db::Transaction& tx, std::string_view card, const CardCertificates& certificates,
                                std::string_view actor) const {
  auto stored = TRY(find_card(tx, "WHERE id = $1", card));
  if (!stored) return unknown_card();
  if (stored->card.state != CardState::kOrdered) return card_step(stored->card.state, CardState::kIssued);
  stored->login = to_hex(digest("certificate", certificates.login.der(), ""));
  stored->signing = to_hex(digest("certificate", certificates.signing.der(), ""));
  stored->card.state = CardState::kIssued;
  TRY(put_card(tx, *stored, actor));
  stored->card.state = CardState::kActive;
  TRY(put_card(tx, *stored, actor));
  return stored->card;
}

Result<Card> Linker::change_card(db::Transaction& tx, std::string_view card, CardState state, std::string_view actor) const {
  auto stored = TRY(find_card(tx, "WHERE id = $1", card));
  if (!stored) return unknown_card();
  if (stored->card.state == state) return stored->card;
  if (!may_step(stored->card.state, state)) return card_step(stored->card.state, state);
  stored->card.state = state;
  TRY(put_card(tx, *stored, actor));
  return stored->card;
}

namespace {

// The last time that it went out of use, from its records: a card that was suspended first and lost later was out of use all along.
Result<std::optional<Time>> ended_at(db::Reader& reader, const std::string& card) {
  constexpr std::size_t kChangesAtMost = 1000;
  std::optional<Time> out;
  for (const auto& change : TRY(evidence::read_stream(reader, "identity/card/" + card, 1, kChangesAtMost))) {
    if (change.type != "identity.card_changed") continue;
    auto head = parse_json(change.head);
    const json::value* facts = head.ok() && head->is_object() ? head->get_object().if_contains("facts") : nullptr;
    const json::value* state = facts && facts->is_object() ? facts->get_object().if_contains("state") : nullptr;
    bool in_use = state && state->is_string() && state->get_string() == card_state_word(CardState::kActive);
    if (in_use)
      out.reset();
    else if (!out)
      out = change.at;
  }
  return out;
}

}  // namespace

Result<Card> Linker::resolve(db::Reader& reader, const crypto::Certificate& certificate, Time now) const {
  auto stored = TRY(find_card(reader, "WHERE login = $1 OR signing = $1", to_hex(digest("certificate", certificate.der(), ""))));
  if (!stored) return unknown_card();
  if (stored->card.state != CardState::kActive) stored->card.ended_at = TRY(ended_at(reader, stored->card.id));
  bool open = stored->card.state == CardState::kActive || stored->card.state == CardState::kSuspended;
  if (open && (now >= stored->card.expires_at || now >= certificate.not_after())) stored->card.state = CardState::kExpired;
  return stored->card;
}

std::string Linker::unlock_code(std::string_view card) const {
  std::string code;
  for (unsigned char byte : digest("unlock", card, "").substr(0, 12)) code += char('0' + byte % 10);
  return code;
}

Result<void> Linker::note_unlock(db::Transaction& tx, std::string_view card, std::string_view actor) const {
  TRY(evidence::append(tx, {record_type("identity.card_unlock_shown"), "identity/card/" + std::string(card), std::string(actor)}));
  return {};
}

Result<std::optional<Card>> Linker::card(db::Reader& reader, std::string_view id) const {
  auto stored = TRY(find_card(reader, "WHERE id = $1", id));
  if (!stored) return std::optional<Card>();
  return std::optional(stored->card);
}

Result<std::vector<Card>> Linker::cards(db::Reader& reader, std::string_view text, std::uint32_t page, std::uint32_t per_page) const {
  std::uint64_t limit = std::min<std::uint32_t>(per_page, 200), offset = (std::max<std::uint32_t>(page, 1) - 1) * limit;
  std::string range = "ORDER BY ordered_at DESC, id LIMIT " + std::to_string(limit) + " OFFSET " + std::to_string(offset);
  std::vector<Card> out;
  auto rows = text.empty() ? TRY(reader.query(std::string(kSelect) + range))
                           : TRY(reader.query(std::string(kSelect) + "WHERE id = $1 OR person = $1 " + range, {std::string(text)}));
  for (const auto& row : rows) out.push_back(card_of(row).card);
  return out;
}

Result<std::uint64_t> Linker::count_cards(db::Reader& reader) const {
  return static_cast<std::uint64_t>(TRY(reader.query("SELECT count(*) FROM identity_card"))[0].integer(0));
}

}  // namespace musubi::identity
