// verify, receipt verify, receipt get.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "app/commands.h"
#include "app/installation.h"
#include "app/report.h"
#include "base/file.h"
#include "evidence/log.h"
#include "evidence/online.h"
#include "evidence/receipt.h"
#include "http/fetch.h"

namespace musubi::app {
namespace {

constexpr std::size_t kFileLimit = 4 << 20;

// Verifier keys: the option's text, or the lines of the file it names.
Result<std::vector<crypto::NoteVerifier>> verifiers_of(const std::string& given) {
  std::vector<crypto::NoteVerifier> all;
  if (given.empty()) return all;
  std::string text = given.find('+') != given.npos && !file_exists(given) ? given : TRY(read_file(given, kFileLimit));
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size());
    if (end > at) all.push_back(TRY(crypto::NoteVerifier::parse(text.substr(at, end - at))));
    at = end + 1;
  }
  return all;
}

evidence::Fetch fetcher(std::string prefix) {
  return [prefix = std::move(prefix)](const std::string& path) -> Result<std::string> {
    auto fetched = TRY(http::fetch(prefix + path));
    if (fetched.status == 200) return std::move(fetched.body);
    std::string status = std::to_string(fetched.status);
    return Error{Code::kUnavailable,
                 "http.fetch_failed",
                 {prefix + path + " の応答は " + status + " でした。", prefix + path + " was answered with " + status + "."},
                 {}};
  };
}

Result<std::string> online_address(const std::string& given) {
  auto good = http::check_url(given);
  if (good.ok()) return given;
  return Error{Code::kInvalid, "cli.online", good.error().message, {}};
}

evidence::VerifyOptions verify_options(const Invocation& invocation, std::vector<Wrong>& wrong) {
  evidence::VerifyOptions options;
  options.trusted = read_or({}, "--key", verifiers_of(invocation.get("key")), wrong);
  if (invocation.has("checkpoint"))
    options.newest_note = read_or({}, "--checkpoint", read_file(invocation.get("checkpoint"), kFileLimit), wrong);
  if (invocation.has("online")) read_or({}, "--online", online_address(invocation.get("online")), wrong);
  return options;
}

// With what is wrong besides; what the data directory itself lacks is told as it is.
Result<std::unique_ptr<Installation>> to_verify(const Invocation& invocation, std::vector<Wrong>& wrong) {
  auto opened = Installation::open(invocation.config, Opening::kRead);
  if (!opened.ok() && wrong.empty()) return std::move(opened).error();
  auto installation = read_or({}, "--data", std::move(opened), wrong);
  for (const auto& id : invocation.words) {
    if (!installation) break;
    auto database = installation->store().organisation(id);
    if (!database.ok() && database.error().name.starts_with("org.")) wrong.push_back({id, database.error()});
  }
  if (!wrong.empty()) return all_of(wrong);
  return installation;
}

// One that cannot be opened for damage keeps nobody from the others.
struct Verified {
  evidence::VerifyReport report;
  bool opened = true;
};

Result<Verified> verify_or_damage(Installation& installation, const std::string& id, const evidence::VerifyOptions& options) {
  auto report = installation.verify(id, options);
  if (report.ok()) return Verified{std::move(*report)};
  if (report.error().code != Code::kCorrupt) return std::move(report).error();
  Verified damaged{{}, false};
  damaged.report.findings.push_back({"storage", "database", report.error().message});
  return damaged;
}

Result<bool> verify_one(Installation& installation, const std::string& id, const evidence::VerifyOptions& options,
                        const Invocation& invocation, json::array& all) {
  const auto [report, opened] = TRY(verify_or_damage(installation, id, options));
  if (invocation.has("json"))
    all.push_back(report_json(id, report));
  else
    print(report_text(id, report, invocation.config.language));
  bool clean = report.clean();
  if (opened && invocation.has("online")) {
    auto database = TRY(installation.store().organisation(id));
    auto online = TRY(evidence::against_data(*database));
    if (!options.trusted.empty()) online.trusted = options.trusted;
    if (!options.newest_note.empty()) online.previous_note = options.newest_note;
    auto outside = TRY(evidence::verify_online(fetcher(invocation.get("online") + "/" + id + "/log/"), online));
    if (invocation.has("json"))
      all.push_back(report_json(id, outside));
    else
      print(report_text(id, outside, invocation.config.language));
    clean = clean && outside.clean();
  }
  return clean;
}

// Data directories one level below: an organisation in them has a folder with its keys.
std::vector<std::string> data_below(const std::string& data) {
  namespace fs = std::filesystem;
  std::vector<std::string> found;
  auto any_in = [](const fs::path& folder, const std::function<bool(const fs::path&)>& fits) {
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      if (fits(at->path())) return true;
    return false;
  };
  any_in(data, [&](const fs::path& folder) {
    auto with_keys = [](const fs::path& organisation) {
      std::error_code unread;
      return fs::is_directory(organisation / "keys", unread);
    };
    if (any_in(folder, with_keys)) found.push_back(folder.string());
    return false;
  });
  std::sort(found.begin(), found.end());
  return found;
}

// Nothing to verify is most likely a wrong path: whoever runs this by a timer must not take it for a good end.
Error nothing_to_verify(const std::string& data) {
  Error none{Code::kIo,
             "app.no_organisation",
             {data + " には組織がありません。データフォルダを --data か MUSUBI_DATA で指定してください。",
              "There is no organisation in " + data + ". Name the data directory with --data or MUSUBI_DATA."},
             {}};
  auto below = data_below(data);
  if (below.empty()) return none;
  none.message.ja += "\n  その下の次のフォルダはデータフォルダです：";
  none.message.en += "\n  These folders below it are data directories:";
  for (const auto& folder : below)
    for (auto* text : {&none.message.ja, &none.message.en}) *text += "\n    --data " + folder;
  return none;
}

// What a receipt is checked with: each file is read, whatever is wrong with the others.
struct Given {
  evidence::Receipt receipt;
  std::optional<json::value> bundle;
  std::vector<crypto::NoteVerifier> keys;
};

Result<evidence::Receipt> receipt_in(const std::string& path) {
  auto receipt = evidence::parse_receipt(TRY(read_file(path, evidence::kReceiptLimit)));
  if (receipt.ok()) return receipt;
  Error error = std::move(receipt).error();
  for (auto& fault : error.faults) fault.where = path + ":" + fault.where;
  return error;
}
Result<json::value> bundle_in(const std::string& path) { return parse_json(TRY(read_file(path, kFileLimit)), {kFileLimit, 32}); }

Result<Given> read_given(const Invocation& invocation) {
  std::vector<Wrong> wrong;
  Given given;
  given.receipt = read_or({}, invocation.words[0], receipt_in(invocation.words[0]), wrong);
  given.keys = read_or({}, "--key", verifiers_of(invocation.get("key")), wrong);
  if (invocation.has("record")) given.bundle = read_or({}, "--record", bundle_in(invocation.get("record")), wrong);
  if (!wrong.empty()) return all_of(wrong);
  return given;
}

Error no_key() {
  return {Code::kInvalid,
          "cli.key",
          {"検証鍵が必要です。サーバーの /組織/log/keys の行を --key で渡してください。",
           "A verifier key is needed: give a line of the server's /ORG/log/keys with --key."},
          {}};
}

// The keys that a bundle brings itself.
std::vector<crypto::NoteVerifier> keys_in(const json::value& bundle, std::vector<Fault>& faults) {
  std::vector<crypto::NoteVerifier> keys;
  auto* object = bundle.if_object();
  auto* listed = object ? object->if_contains("verifier_keys") : nullptr;
  if (!listed || !listed->is_array()) return keys;
  for (const auto& one : listed->get_array()) {
    auto* text = one.if_string();
    auto key = crypto::NoteVerifier::parse(text ? std::string(*text) : "");
    if (key.ok())
      keys.push_back(std::move(*key));
    else
      faults.push_back({"/verifier_keys", key.error().message});
  }
  return keys;
}

void check_bundle(const json::value& bundle, const evidence::Receipt& receipt, std::span<const crypto::NoteVerifier> trusted,
                  std::vector<Fault>& faults) {
  for (auto& fault : evidence::verify_bundle(bundle, trusted)) faults.push_back(std::move(fault));
  auto* object = bundle.if_object();
  auto* text = object ? object->if_contains("receipt") : nullptr;
  auto inside = evidence::parse_receipt(text && text->is_string() ? std::string_view(text->get_string()) : "");
  if (inside.ok() && (inside->extra != receipt.extra || inside->index != receipt.index))
    faults.push_back({"record", {"受領証と記録の束は別の記録のものです。", "Receipt and bundle are of different records."}});
}

// An error with what else was found; nothing is said twice.
Error with_others(Error error, const std::vector<Fault>& others) {
  auto said = [&](const Text& message) {
    return error.message == message ||
           std::any_of(error.faults.begin(), error.faults.end(), [&](const Fault& fault) { return fault.message == message; });
  };
  for (const auto& other : others)
    if (!said(other.message)) error.faults.push_back(other);
  return error;
}

}  // namespace

int run_verify(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    std::vector<Wrong> wrong;
    const auto options = verify_options(invocation, wrong);
    auto installation = TRY(to_verify(invocation, wrong));
    std::vector<std::string> ids = invocation.words;
    if (ids.empty()) ids = TRY(installation->store().organisations());
    if (ids.empty()) return nothing_to_verify(invocation.config.data);
    json::array all;
    bool clean = true;
    for (const auto& id : ids) clean = TRY(verify_one(*installation, id, options, invocation, all)) && clean;
    if (invocation.has("json")) print(json::serialize(all));
    return clean ? kGood : kFoundWrong;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

int run_receipt_verify(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    auto given = TRY(read_given(invocation));
    const auto& [receipt, bundle, keys] = given;
    std::vector<Fault> faults;
    bool own_keys = keys.empty();
    auto trusted = own_keys && bundle ? keys_in(*bundle, faults) : keys;
    if (bundle) check_bundle(*bundle, receipt, trusted, faults);
    if (trusted.empty()) return with_others(no_key(), faults);
    auto verdict = evidence::verify_receipt(receipt, trusted);
    if (!verdict.ok()) return with_others(std::move(verdict).error(), faults);
    if (invocation.has("json"))
      print(json::serialize(json::object{{"ok", faults.empty()},
                                         {"origin", verdict->origin},
                                         {"index", std::to_string(verdict->index)},
                                         {"size", std::to_string(verdict->size)},
                                         {"key", verdict->key_name}}));
    else
      print((invocation.ja() ? "正しい受領証です：ログ " : "Good receipt: log ") + verdict->origin +
            (invocation.ja() ? " の記録 " : ", record ") + std::to_string(verdict->index) +
            (invocation.ja() ? "、チェックポイントの件数 " : ", covered by the checkpoint of size ") + std::to_string(verdict->size));
    if (own_keys && !invocation.has("json"))
      print(invocation.ja() ? "  注意：鍵は束の中のものです。--key で信頼する鍵を示すと、より確かです。"
                            : "  Note: the key came from the bundle itself. Name the key you trust with --key to be surer.");
    for (const auto& fault : faults) print("  " + fault.where + ": " + invocation.say(fault.message));
    return faults.empty() ? kGood : kFoundWrong;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

int run_receipt_get(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    const std::string& digits = invocation.words[1];
    if (digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789") != digits.npos)
      return Error{Code::kInvalid, "cli.record", {"記録の番号を数字で書いてください。", "Give the record's number in digits."}, {}};
    std::uint64_t index = std::stoull(digits);
    auto installation = TRY(Installation::open(invocation.config, Opening::kRead));
    auto database = TRY(installation->store().organisation(invocation.words[0]));
    auto keys = TRY(installation->keys(invocation.words[0]));
    // Signs the committed size, as the server does: Ed25519 gives the very same note.
    std::shared_ptr<evidence::Log> log;
    TRY(database->read([&](db::Reader& reader) -> Result<void> {
      log = TRY(evidence::Log::load(*database, reader, keys->log_keys(), installation->clock()));
      return {};
    }));
    std::string receipt = TRY(log->receipt(index));
    if (invocation.has("bundle")) {
      auto record = TRY(database->read([&](db::Reader& reader) { return evidence::find_record(reader, index); }));
      std::vector<std::string> verifier_keys;
      for (const auto& signer : keys->log) verifier_keys.push_back(signer->verifier_key());
      receipt = pretty_json(evidence::record_bundle(*record, receipt, verifier_keys)) + "\n";
    }
    std::fwrite(receipt.data(), 1, receipt.size(), stdout);
    return kGood;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

}  // namespace musubi::app
