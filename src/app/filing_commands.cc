// filing verify: holds the receipt of a filing against itself, without any server.
#include "app/commands.h"
#include "base/file.h"
#include "crypto/x509.h"
#include "identity/card_signing.h"
#include "procedures/list.h"
#include "text/dates.h"

namespace musubi::app {
namespace {

// Verifier keys: the option's text, or the lines of the file it names.
Result<std::vector<crypto::NoteVerifier>> log_keys(const std::string& given) {
  std::vector<crypto::NoteVerifier> all;
  if (given.empty()) return all;
  std::string text = given.find('+') != given.npos && !file_exists(given) ? given : TRY(read_file(given, 1 << 20));
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size());
    if (end > at) all.push_back(TRY(crypto::NoteVerifier::parse(text.substr(at, end - at))));
    at = end + 1;
  }
  return all;
}

Result<procedures::CheckCard> card_check(const std::string& path) {
  if (path.empty()) return procedures::CheckCard{};
  auto roots = TRY(crypto::parse_pem_chain(TRY(read_file(path, 1 << 20))));
  return procedures::CheckCard([roots = std::move(roots)](std::string_view jws, Time at) -> Result<procedures::SignedList> {
    auto checked = TRY(identity::check_card_signature(jws, roots, at));
    return procedures::SignedList{std::move(checked.payload)};
  });
}

void say_verdict(const Invocation& invocation, const procedures::ReceiptVerdict& v) {
  bool ja = invocation.ja();
  Text filed = text::jst_text(v.filed_at);
  print((ja ? "署名された様式です：" : "The form was signed: ") + v.procedure + (ja ? "、届け先 " : ", to ") + v.recipient +
        (ja ? "、提出 " : ", filed ") + invocation.say(filed));
  if (v.received)
    print((ja ? "受け付けられています：番号 " : "It was received: number ") + v.number + (ja ? "、" : ", ") +
          invocation.say(text::jst_text(v.received_at)) + (ja ? "、ログ " : ", log ") + v.origin);
  else
    print(ja ? "届け先の受付はまだこの控えにありません。" : "The recipient's receipt is not in this file yet.");
  if (!v.card_trusted)
    print(ja ? "  注意：署名の証明書は控えの中のものです。--card-root で発行者の根を示すと、より確かです。"
             : "  Note: the signing certificate came from the file itself. Name its issuer's root with --card-root to be surer.");
  if (v.received && !v.log_trusted)
    print(ja ? "  注意：ログの鍵は控えの中のものです。--key で信頼する鍵を示すと、より確かです。"
             : "  Note: the log's key came from the file itself. Name the key you trust with --key to be surer.");
}

}  // namespace

int run_filing_verify(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    std::vector<Wrong> wrong;
    auto text = read_or({}, invocation.words[0], read_file(invocation.words[0], procedures::kReceiptFileBytes), wrong);
    auto check_card = read_or({}, "--card-root", card_check(invocation.get("card-root")), wrong);
    auto keys = read_or({}, "--key", log_keys(invocation.get("key")), wrong);
    if (!wrong.empty()) return all_of(wrong);
    auto check = TRY(procedures::verify_receipt_file(text, check_card, keys));
    const auto& v = check.verdict;
    bool good = check.faults.empty();
    if (invocation.has("json")) {
      json::array faults;
      for (const auto& fault : check.faults)
        faults.push_back(json::object{{"where", fault.where}, {"ja", fault.message.ja}, {"en", fault.message.en}});
      print(json::serialize(json::object{{"ok", good},
                                         {"procedure", v.procedure},
                                         {"recipient", v.recipient},
                                         {"number", v.number},
                                         {"received", v.received},
                                         {"log", v.origin},
                                         {"card_trusted", v.card_trusted},
                                         {"log_trusted", v.log_trusted},
                                         {"faults", std::move(faults)}}));
      return good ? kGood : kFoundWrong;
    }
    if (good)
      say_verdict(invocation, v);
    else
      print(invocation.ja() ? "この控えは正しくありません：" : "This receipt is not good:");
    for (const auto& fault : check.faults) print("  " + fault.where + ": " + invocation.say(fault.message));
    return good ? kGood : kFoundWrong;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

}  // namespace musubi::app
