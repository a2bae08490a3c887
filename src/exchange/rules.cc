#include "exchange/rules.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "crypto/jose.h"
#include "crypto/note.h"
#include "db/store.h"

namespace musubi::exchange {
namespace {

constexpr std::size_t kMostFaults = 100;

bool fits(const std::string& pattern, const Party& party) {
  return pattern == party.id || (pattern.starts_with("kind:") && std::string_view(pattern).substr(5) == party.kind);
}

bool in_force(const Permit& permit, text::Date day) { return permit.from <= day && (!permit.until || day <= *permit.until); }

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

Text span_of(const Permit& permit) {
  std::string from = text::iso_date(permit.from), until = permit.until ? text::iso_date(*permit.until) : "";
  return {from + " から" + (until.empty() ? "" : " " + until + " まで"), "from " + from + (until.empty() ? "" : " until " + until)};
}

void add_text(Text& to, const Text& more) {
  if (to.ja.find(more.ja) != to.ja.npos) return;
  to.ja += (to.ja.empty() ? "" : "、") + more.ja;
  to.en += (to.en.empty() ? "" : "; ") + more.en;
}

// Why no permit covers `item`: the nearest line that exists, in words.
Fault missing_line(const std::vector<const Permit*>& pair, const Wanted& wanted, const std::string& item) {
  std::string who = wanted.asking.id + " → " + wanted.answering.id;
  if (pair.empty()) return {item, {"「" + who + "」の提供許可が一つもありません。", "There is no permit at all for \"" + who + "\"."}};
  std::vector<const Permit*> of_procedure;
  for (const Permit* permit : pair)
    if (permit->procedure == "*" || permit->procedure == wanted.procedure) of_procedure.push_back(permit);
  if (of_procedure.empty())
    return {item,
            {"「" + who + "」の提供許可に、手続「" + wanted.procedure + "」の行がありません。",
             "No permit for \"" + who + "\" names the procedure \"" + wanted.procedure + "\"."}};
  for (const Permit* permit : of_procedure)
    if (std::find(permit->items.begin(), permit->items.end(), item) != permit->items.end())
      return {item,
              {"提供許可「" + permit->id + "」は " + span_of(*permit).ja + "の期間だけ有効です（" + text::iso_date(wanted.day) +
                   " は期間外）。",
               "The permit \"" + permit->id + "\" is in force " + span_of(*permit).en + "; " + text::iso_date(wanted.day) +
                   " lies outside."}};
  std::stable_partition(of_procedure.begin(), of_procedure.end(), [](const Permit* permit) { return permit->procedure != "*"; });
  const Permit& nearest = *of_procedure.front();
  return {item,
          {"手続「" + wanted.procedure + "」の提供許可に項目「" + item + "」がありません（「" + nearest.id + "」は " +
               nearest.legal_basis.ja + " により " + joined(nearest.items) + " だけ）。",
           "The item \"" + item + "\" stands in no permit of the procedure \"" + wanted.procedure + "\" (\"" + nearest.id +
               "\" under " + nearest.legal_basis.en + " has only " + joined(nearest.items) + ")."}};
}

bool is_word(std::string_view text, std::size_t most, std::string_view also) {
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || also.find(c) != also.npos;
  });
}

bool is_party(std::string_view text) {
  return text.starts_with("kind:") ? is_word(text.substr(5), 40, "-_") : db::Store::valid_id(text);
}

bool is_text(const Text& text, std::size_t most) {
  return !text.ja.empty() && !text.en.empty() && text.ja.size() <= most && text.en.size() <= most;
}

text::Date day_of(ObjectReader& reader, std::string_view key, const std::string& text) {
  auto day = text::parse_date(text);
  if (!day.ok() && !text.empty()) reader.fault(key, {"日付は 2019-06-14 の形で書いてください。", "Write a date as 2019-06-14."});
  return day.ok() ? *day : text::Date{};
}

Permit read_permit(const json::value& value, const std::string& pointer, std::vector<Fault>& faults) {
  ObjectReader reader(value, pointer, faults);
  Permit permit;
  permit.id = reader.string("id", 80);
  permit.asking = reader.string("asking", 80);
  permit.procedure = reader.string("procedure", 80);
  permit.answering = reader.string("answering", 80);
  reader.array("items", true, 200, [&](const json::value& item, std::string at) {
    if (item.is_string())
      permit.items.emplace_back(item.get_string());
    else
      faults.push_back({std::move(at), {"文字列を書いてください。", "Write a string."}});
  });
  permit.purpose = reader.text("purpose");
  permit.legal_basis = reader.text("legal_basis");
  permit.from = day_of(reader, "from", reader.string("from", 10));
  if (auto until = reader.optional_string("until", 10)) permit.until = day_of(reader, "until", *until);
  reader.finish();
  return permit;
}

}  // namespace

Result<Allowed> decide(const std::vector<Permit>& permits, const Wanted& wanted) {
  std::vector<const Permit*> pair;
  for (const auto& permit : permits)
    if (fits(permit.asking, wanted.asking) && fits(permit.answering, wanted.answering)) pair.push_back(&permit);
  Allowed allowed;
  std::vector<Fault> faults;
  for (const auto& item : wanted.items) {
    auto found = std::find_if(pair.begin(), pair.end(), [&](const Permit* permit) {
      return (permit->procedure == "*" || permit->procedure == wanted.procedure) && in_force(*permit, wanted.day) &&
             std::find(permit->items.begin(), permit->items.end(), item) != permit->items.end();
    });
    if (found == pair.end()) {
      faults.push_back(missing_line(pair, wanted, item));
      continue;
    }
    add_text(allowed.legal_basis, (*found)->legal_basis);
    add_text(allowed.purpose, (*found)->purpose);
  }
  if (faults.empty() && !wanted.items.empty()) return allowed;
  if (faults.empty()) faults.push_back({"items", {"項目を一つ以上指定してください。", "Name at least one item."}});
  return Error{Code::kForbidden,
               "exchange.not_permitted",
               {wanted.asking.id + " から " + wanted.answering.id + " への照会は許可されていません。" + faults.front().message.ja +
                    " 必要なら、法的根拠とともに提供許可を追加してください。",
                "The question of " + wanted.asking.id + " to " + wanted.answering.id + " is not permitted. " +
                    faults.front().message.en + " If the law allows it, enter a permit with its legal basis."},
               std::move(faults)};
}

std::vector<Fault> check_member(const Member& member) {
  std::vector<Fault> faults;
  auto demand = [&](bool good, const char* where, const char* ja, const char* en) {
    if (!good) faults.push_back({where, {ja, en}});
  };
  demand(db::Store::valid_id(member.id), "/id", "識別子は英小文字で始まる 2 〜 40 文字の英小文字・数字・「-」です。",
         "The id has 2 to 40 lower-case letters, digits and hyphens, beginning with a letter.");
  demand(is_text(member.title, 400), "/title", "名称を日本語と英語で書いてください。", "Give a title in Japanese and English.");
  demand(is_word(member.kind, 40, "-_"), "/kind", "種別を英小文字で書いてください。", "Give the kind in lower-case letters.");
  bool address = member.address.starts_with("https://") && member.address.size() <= 300 &&
                 member.address.find_first_of(" \r\n\"<>") == member.address.npos;
  demand(address, "/address", "通信の宛先を https://host:port の形で書いてください。", "Write the address as https://host:port.");
  bool page = (member.page_url.starts_with("https://") || member.page_url.starts_with("http://")) && member.page_url.size() <= 300 &&
              member.page_url.find_first_of(" \r\n\"<>") == member.page_url.npos;
  demand(page, "/page_url", "画面のアドレスを http:// か https:// で書いてください。",
         "Write the address of its pages with http:// or https://.");
  auto roots = crypto::parse_pem_chain(member.root_pem);
  demand(roots.ok() && member.root_pem.size() <= 32768, "/root", "認証局の証明書（PEM）が読めません。",
         "The root certificate (PEM) cannot be read.");
  auto seal = from_base64(member.seal_key);
  demand(seal && crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, *seal).ok(), "/seal_key",
         "封をする公開鍵（P-256 の SubjectPublicKeyInfo を base64 で）が読めません。",
         "The seal key (SubjectPublicKeyInfo of P-256 in base64) cannot be read.");
  bool keys = !member.log_keys.empty() && member.log_keys.size() <= 8 &&
              std::all_of(member.log_keys.begin(), member.log_keys.end(),
                          [](const std::string& key) { return crypto::NoteVerifier::parse(key).ok(); });
  demand(keys, "/log_keys", "ログの検証鍵が読めません。", "The verifier keys of its log cannot be read.");
  return faults;
}

std::vector<Fault> check_permit(const Permit& permit, const std::string& pointer) {
  std::vector<Fault> faults;
  auto demand = [&](bool good, const char* where, const char* ja, const char* en) {
    if (!good) faults.push_back({pointer + where, {ja, en}});
  };
  demand(is_word(permit.id, 80, "-_."), "/id", "識別子は英小文字・数字・「-_.」です。",
         "The id has lower-case letters, digits and -_. only.");
  demand(is_party(permit.asking), "/asking", "機関の識別子か kind:種別 を書いてください。",
         "Write an organisation's id or kind:KIND.");
  demand(is_party(permit.answering), "/answering", "機関の識別子か kind:種別 を書いてください。",
         "Write an organisation's id or kind:KIND.");
  demand(permit.procedure == "*" || is_word(permit.procedure, 80, "-_."), "/procedure", "手続の識別子か「*」を書いてください。",
         "Write a procedure's id or \"*\".");
  bool items =
      !permit.items.empty() && permit.items.size() <= 200 &&
      std::all_of(permit.items.begin(), permit.items.end(), [](const std::string& item) { return is_word(item, 80, "-_.:"); });
  demand(items, "/items", "項目を一つ以上、英小文字・数字・「-_.:」で書いてください。",
         "Name at least one item, with lower-case letters, digits and -_.: only.");
  demand(is_text(permit.purpose, 1000), "/purpose", "目的を日本語と英語で書いてください。",
         "Give the purpose in Japanese and English.");
  demand(is_text(permit.legal_basis, 1000), "/legal_basis", "法的根拠を日本語と英語で書いてください。",
         "Give the legal basis in Japanese and English.");
  demand(text::is_valid(permit.from), "/from", "始まりの日を書いてください。", "Give the first day.");
  demand(!permit.until || (text::is_valid(*permit.until) && permit.from <= *permit.until), "/until", "終わりの日が始まりより前です。",
         "The last day lies before the first.");
  return faults;
}

Result<std::vector<Permit>> read_permits(std::string_view text) {
  auto value = TRY(parse_json(text, {4 << 20, 16}));
  std::vector<Fault> faults;
  std::vector<Permit> permits;
  std::set<std::string> ids;
  ObjectReader reader(value, "", faults);
  reader.optional_string("$schema");
  reader.array("permits", true, kPermitsAtMost, [&](const json::value& each, std::string pointer) {
    std::size_t before = faults.size();
    permits.push_back(read_permit(each, pointer, faults));
    if (faults.size() == before)
      for (auto& fault : check_permit(permits.back(), pointer)) faults.push_back(std::move(fault));
    if (!ids.insert(permits.back().id).second)
      faults.push_back({pointer + "/id", {"同じ識別子が二度あります。", "This id stands twice."}});
  });
  reader.finish();
  if (faults.empty()) return permits;
  std::string count = std::to_string(faults.size());
  if (faults.size() > kMostFaults) faults.resize(kMostFaults);
  return Error{Code::kInvalid,
               "exchange.bad_permit",
               {"提供許可に誤りが " + count + " 件あります。すべて直してから、もう一度取り込んでください。",
                "The permits have " + count + " faults. Correct all of them and import again."},
               std::move(faults)};
}

std::string outcome_of(const Error& error) {
  constexpr std::array<std::string_view, 12> kWords = {"not_permitted",  "peer_down",     "peer_slow",       "peer_lied",
                                                       "peer_refused",   "replayed",      "clock_skew",      "bad_token",
                                                       "unknown_member", "bad_signature", "unknown_service", "erased"};
  std::string_view name = error.name;
  if (name.starts_with("exchange.") && std::find(kWords.begin(), kWords.end(), name.substr(9)) != kWords.end())
    return std::string(name.substr(9));
  return error.code == Code::kUnavailable || error.code == Code::kInternal || error.code == Code::kIo || error.code == Code::kCorrupt
             ? "failed"
             : "refused";
}

bool is_final(const Error& error) {
  if (error.name == "exchange.peer_lied" || error.name == "exchange.clock_skew" || error.name == "exchange.bad_token" ||
      error.name == "exchange.replayed" || error.name == "exchange.bad_signature" || error.name == "exchange.not_permitted" ||
      error.name == "exchange.unknown_member" || error.name == "exchange.unknown_service")
    return false;  // an operator can mend these: clocks, keys, permits
  return error.code == Code::kInvalid || error.code == Code::kForbidden || error.code == Code::kNotFound ||
         error.code == Code::kConflict || error.code == Code::kTooLarge || error.code == Code::kMalformed;
}

std::int64_t retry_after_us(int attempts) {
  constexpr std::int64_t kMost_s = 600;
  std::int64_t wait_s = attempts < 1 ? 1 : attempts > 10 ? kMost_s : std::min<std::int64_t>(kMost_s, 1LL << (attempts - 1));
  return wait_s * 1'000'000;
}

Error unknown_member(std::string_view id) {
  std::string name(id.substr(0, 80));
  return {
      Code::kNotFound,
      "exchange.unknown_member",
      {"相手機関「" + name + "」は登録されていません。musubi exchange member import で相手の記述ファイルを取り込んでください。",
       "The organisation \"" + name + "\" is not a member known here. Import its descriptor with `musubi exchange member import`."},
      {}};
}

Error peer_down(std::string_view id, std::string_view why) {
  std::string name(id), ja = why.empty() ? "" : "（" + std::string(why) + "）", en = why.empty() ? "" : " (" + std::string(why) + ")";
  return {Code::kUnavailable,
          "exchange.peer_down",
          {"相手機関「" + name + "」につながりません" + ja + "。手で入力して進めるか、しばらくしてからもう一度試してください。",
           "The organisation \"" + name + "\" cannot be reached" + en + ". Go on by hand, or try again later."},
          {}};
}

Error peer_slow(std::string_view id, std::int64_t deadline_ms) {
  std::string name(id), limit = std::to_string(deadline_ms);
  return {Code::kUnavailable,
          "exchange.peer_slow",
          {"相手機関「" + name + "」が " + limit +
               " ミリ秒以内に答えませんでした。手で入力して進めるか、しばらくしてからもう一度試してください。",
           "The organisation \"" + name + "\" did not answer within " + limit + " ms. Go on by hand, or try again later."},
          {}};
}

Error peer_lied(std::string_view id, Text why) {
  std::string name(id);
  return {Code::kUnavailable,
          "exchange.peer_lied",
          {"「" + name + "」からの答えは本物と確かめられないため、使いません（" + why.ja +
               "）。手で入力して進め、管理者に知らせてください。",
           "The answer in the name of \"" + name + "\" cannot be shown to be genuine and is not used (" + why.en +
               "). Go on by hand and tell the administrator."},
          {}};
}

Error bad_token(Text why) {
  return {Code::kInvalid,
          "exchange.bad_token",
          {"本人を指す札を受け入れられません（" + why.ja + "）。もう一度照会してください。",
           "The token for the person is not accepted (" + why.en + "). Ask again."},
          {}};
}

Error replayed() {
  return {Code::kConflict,
          "exchange.replayed",
          {"同じメッセージがすでに届いています。新しく作り直して送ってください。",
           "This message has arrived before. Make a new one and send that."},
          {}};
}

}  // namespace musubi::exchange
