#include "procedures/list.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/jose.h"
#include "evidence/receipt.h"
#include "procedures/json.h"

namespace musubi::procedures {
namespace {

Error bad_list() {
  return Error{
      Code::kInvalid,
      "filing.bad_list",
      {"署名された一覧が読めません。手続をもう一度提出してください。", "The signed list cannot be read. File the forms again."},
      {}};
}

// Collects what does not fit.
class Judge {
 public:
  Judge(const json::object& file, ReceiptCheck& out) : file_(file), out_(out) {}

  void run(const CheckCard& check_card, std::span<const crypto::NoteVerifier> keys) {
    auto& v = out_.verdict;
    v.procedure = string_at(file_, "procedure");
    v.recipient = string_at(file_, "recipient");
    v.number = string_at(file_, "number");
    if (auto at = parse_rfc3339(string_at(file_, "filed_at")); at.ok())
      v.filed_at = *at;
    else
      fault("/filed_at", {"提出の日時が読めません。", "The time of filing cannot be read."});
    form();
    signature(check_card);
    record(keys);
  }

 private:
  void fault(std::string where, Text what) { out_.faults.push_back({std::move(where), std::move(what)}); }

  void form() {
    auto* form = file_.if_contains("form");
    auto salt = from_base64(string_at(file_, "salt"));
    if (!form || !form->is_object() || !can_be_digested(*form)) return fault("/form", {"様式がありません。", "There is no form."});
    if (!salt || salt->size() != 16) return fault("/salt", {"ソルトが読めません。", "The salt cannot be read."});
    digest_ = form_digest(*salt, form->get_object());
  }

  void signature(const CheckCard& check_card) {
    std::string compact = string_at(file_, "list"), payload;
    auto jws = crypto::read_jws(compact);
    if (!jws.ok()) return fault("/list", jws.error().message);
    if (!check_card) {
      auto chain = crypto::chain_of(*jws);
      if (!chain.ok()) return fault("/list", chain.error().message);
      auto key = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, chain->front().public_key());
      if (!key.ok()) return fault("/list", key.error().message);
      auto verified = crypto::verify_jws(compact, *key);
      if (!verified.ok()) return fault("/list", verified.error().message);
      payload = verified->payload;
    } else {
      auto checked = check_card(compact, out_.verdict.filed_at);
      if (!checked.ok()) return fault("/list", checked.error().message);
      payload = checked->payload;
      out_.verdict.card_trusted = true;
    }
    auto list = read_list(payload);
    if (!list.ok()) return fault("/list", list.error().message);
    bool listed = std::any_of(list->begin(), list->end(), [&](const ListedForm& one) {
      return one.recipient == out_.verdict.recipient && one.procedure == out_.verdict.procedure &&
             one.version == integer_at(file_, "version") && one.digest == digest_;
    });
    if (!listed && !digest_.empty())
      fault("/form", {"この様式は、署名された一覧にあるものと違います。書き換えられています。",
                      "This form is not the one in the signed list: something was altered."});
  }

  void record(std::span<const crypto::NoteVerifier> keys) {
    auto* bundle = file_.if_contains("record");
    if (!bundle || bundle->is_null()) return;  // filed, and not arrived yet
    auto* object = bundle->if_object();
    std::vector<crypto::NoteVerifier> trusted(keys.begin(), keys.end());
    if (trusted.empty()) trusted = keys_of(object);
    for (auto& one : evidence::verify_bundle(*bundle, trusted)) fault("/record" + one.where, one.message);
    out_.verdict.log_trusted = !keys.empty();
    auto body = parse_json(object ? string_at(*object, "body") : "");
    auto head = parse_json(object ? string_at(*object, "head") : "");
    if (!body.ok() || !body->is_object() || !head.ok() || !head->is_object())
      return fault("/record", {"届け先の記録が読めません。", "The recipient's record cannot be read."});
    const auto& facts = body->get_object();
    if (string_at(head->get_object(), "type") != "procedures.received")
      fault("/record/head", {"受付の記録ではありません。", "This is no record of a receipt."});
    if (string_at(facts, "digest") != digest_)
      fault("/record/body", {"届け先が受け付けた様式は、これではありません。", "What the recipient received is another form."});
    if (string_at(facts, "number") != out_.verdict.number)
      fault("/number", {"受付番号が記録と違います。", "The number is not that of the record."});
    auto at = parse_rfc3339(string_at(head->get_object(), "at"));
    if (at.ok()) out_.verdict.received_at = *at;
    out_.verdict.received = at.ok();
    auto receipt = evidence::parse_receipt(string_at(*object, "receipt"));
    if (!receipt.ok()) return;
    auto verdict = evidence::verify_receipt(*receipt, trusted);
    if (verdict.ok()) out_.verdict.origin = verdict->origin;
  }

  // Those that the file itself brings.
  static std::vector<crypto::NoteVerifier> keys_of(const json::object* bundle) {
    std::vector<crypto::NoteVerifier> out;
    auto* keys = bundle ? bundle->if_contains("verifier_keys") : nullptr;
    if (auto* list = keys ? keys->if_array() : nullptr)
      for (const auto& key : *list) {
        if (!key.is_string() || out.size() >= 16) continue;
        auto parsed = crypto::NoteVerifier::parse(std::string(key.get_string()));
        if (parsed.ok()) out.push_back(std::move(parsed).value());
      }
    return out;
  }

  const json::object& file_;
  ReceiptCheck& out_;
  std::string digest_;
};

}  // namespace

std::string form_digest(std::string_view salt, const json::object& form) {
  auto digest = crypto::sha256(std::string(salt) + canonical_json(form));
  return to_base64(crypto::bytes(digest));
}

bool can_be_digested(const json::value& value, int level) {
  if (level > 32) return false;
  constexpr std::int64_t kMost = 1LL << 53;
  if (auto* number = value.if_int64()) return *number >= -kMost && *number <= kMost;
  if (value.is_uint64()) return false;
  if (auto* list = value.if_array())
    return std::all_of(list->begin(), list->end(), [&](const json::value& one) { return can_be_digested(one, level + 1); });
  if (auto* object = value.if_object())
    return std::all_of(object->begin(), object->end(), [&](const auto& one) { return can_be_digested(one.value(), level + 1); });
  return true;
}

std::string list_text(std::string_view basket, std::span<const ListedForm> forms) {
  json::array filings;
  for (const auto& one : forms)
    filings.push_back(
        json::object{{"recipient", one.recipient}, {"procedure", one.procedure}, {"version", one.version}, {"digest", one.digest}});
  return canonical_json(json::object{{"musubi_list", 1}, {"basket", basket}, {"filings", std::move(filings)}});
}

Result<std::vector<ListedForm>> read_list(std::string_view text) {
  auto value = parse_json(text, JsonLimits{64 << 10, 8});
  if (!value.ok() || !value->is_object()) return bad_list();
  const auto& object = value->get_object();
  auto* filings = object.if_contains("filings");
  if (integer_at(object, "musubi_list") != 1 || object.size() != 3 || string_at(object, "basket").empty() || !filings ||
      !filings->is_array())
    return bad_list();
  std::vector<ListedForm> out;
  for (const auto& one : filings->get_array()) {
    auto* each = one.if_object();
    if (!each || each->size() != 4) return bad_list();
    ListedForm form{string_at(*each, "recipient"), string_at(*each, "procedure"), string_at(*each, "digest"),
                    integer_at(*each, "version")};
    if (form.recipient.empty() || form.procedure.empty() || form.digest.empty() || form.version < 1) return bad_list();
    out.push_back(std::move(form));
  }
  if (out.empty() || out.size() > 100) return bad_list();
  return out;
}

Result<ReceiptCheck> verify_receipt_file(std::string_view text, const CheckCard& check_card,
                                         std::span<const crypto::NoteVerifier> log_keys) {
  auto value = TRY(parse_json(text, JsonLimits{kReceiptFileBytes, 32}));
  if (!value.is_object() || integer_at(value.get_object(), "musubi_filing") != 1)
    return Error{Code::kInvalid,
                 "filing.no_receipt",
                 {"届出の控えのファイルではありません。届出のページから「控え」を保存してください。",
                  "This is no receipt of a filing. Save it from the page of the filing."},
                 {}};
  ReceiptCheck out;
  Judge(value.get_object(), out).run(check_card, log_keys);
  return out;
}

}  // namespace musubi::procedures
