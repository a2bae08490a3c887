#include "trust/keys.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/sealed_key.h"

namespace musubi::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLimit = 65536;
constexpr std::int64_t kYear_us = 365LL * 24 * 3600 * 1'000'000;
constexpr std::int64_t kTsaValid_us = 9 * kYear_us;  // within the root's ten years

Error missing(const std::string& folder, const std::string& what) {
  return {Code::kIo,
          "trust.keys_missing",
          {folder + " に鍵（" + what +
               "）がありません。鍵の控えをこのフォルダに戻してください。控えがなければ、バックアップから musubi restore "
               "で新しいログ名のもとに再開できます。",
           "Keys are missing in " + folder + " (" + what +
               "). Put the copy of the keys back there. Without one, "
               "`musubi restore` goes on from a backup under a new log name."},
          {}};
}

// Numbers of the log keys in use, highest first.
std::vector<int> log_numbers(const std::string& folder) {
  std::vector<int> numbers;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    std::string name = entry.path().filename();
    if (!name.starts_with("log-") || !name.ends_with(".pem")) continue;
    int number = 0;
    const char* end = name.data() + name.size() - 4;
    auto [at, error] = std::from_chars(name.data() + 4, end, number);
    if (error == std::errc() && at == end) numbers.push_back(number);
  }
  std::sort(numbers.rbegin(), numbers.rend());
  return numbers;
}

int highest_number(const std::string& folder) {  // retired ones count too: a number is never used twice
  int highest = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    std::string name = entry.path().filename();
    int number = 0;
    if (name.starts_with("log-") && std::from_chars(name.data() + 4, name.data() + name.size(), number).ec == std::errc())
      highest = std::max(highest, number);
  }
  return highest;
}

std::string log_path(const std::string& folder, int number) { return folder + "/log-" + std::to_string(number) + ".pem"; }

Result<std::shared_ptr<crypto::NoteSigner>> note_signer(const std::string& origin, std::shared_ptr<const crypto::Signer> signer) {
  return std::make_shared<crypto::NoteSigner>(TRY(crypto::NoteSigner::create(origin, std::move(signer))));
}

Result<std::shared_ptr<const crypto::Signer>> load_or_create(const std::string& path, crypto::Algorithm algorithm) {
  if (file_exists(path)) return std::shared_ptr<const crypto::Signer>(TRY(crypto::load_signer(path)));
  return std::shared_ptr<const crypto::Signer>(TRY(crypto::create_signer(path, algorithm)));
}

Result<crypto::Certificate> load_certificate(const std::string& path) {
  return crypto::Certificate::from_pem(TRY(read_file(path, kFileLimit)));
}

Result<std::string> read_origin(const std::string& folder) {
  std::string text = TRY(read_file(folder + "/origin", kFileLimit));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::string organisation_of(const crypto::Certificate& root) {
  std::string subject = root.subject();
  auto from = subject.find("O=");
  auto until = subject.find(",C=", from);
  return from == subject.npos || until == subject.npos ? std::string() : subject.substr(from + 2, until - from - 2);
}

namespace {

// The certificate last: a crash before it leaves a key that nobody knows, and the next loading goes on with it.
Result<void> make_message_keys(const std::string& folder, const crypto::Certificate& root) {
  if (!file_exists(folder + "/seal.pem")) TRY(crypto::OpeningKey::create(folder + "/seal.pem"));
  if (file_exists(folder + "/message.crt") && file_exists(folder + "/message.pem")) return {};
  if (!file_exists(folder + "/root.pem")) return missing(folder, "root.pem");
  auto root_key = TRY(crypto::load_signer(folder + "/root.pem"));
  auto key = TRY(load_or_create(folder + "/message.pem", crypto::Algorithm::kEcdsaP256));
  std::string organisation = organisation_of(root), host = message_host(organisation);
  auto certificate = TRY(crypto::issue_certificate(*root_key, root,
                                                   {crypto::Profile::kMessage,
                                                    key->public_key(),
                                                    {organisation, host},
                                                    host,
                                                    root.not_before(),
                                                    Time{root.not_before().us + kTsaValid_us}}));
  return replace_file(folder + "/message.crt", certificate.pem(), 0644);
}

std::string next_folder(const std::string& directory, const std::string& organisation) {
  return directory + "/" + organisation + "/keys.next";
}

// What a database's content was made with, such as the linker's codes, is of no use without the same secret.
Result<void> copy_secrets(const std::string& from, const std::string& to) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(from, ignored)) {
    std::string name = entry.path().filename();
    if (!name.ends_with(".secret")) continue;
    std::string secret = TRY(crypto::read_key_file(entry.path().string()));
    auto made = crypto::create_key_file(to + "/" + name, secret);
    crypto::wipe(secret);
    TRY(std::move(made));
  }
  return {};
}

bool holds_origin(const std::string& folder, const std::string& origin) {
  if (!file_exists(folder + "/origin")) return false;
  auto held = read_origin(folder);
  return held.ok() && *held == origin;
}

Result<void> move_folder(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return sync_folder(fs::path(to).parent_path());
  return Error{Code::kIo,
               "file.unwritable",
               {from + " を移せません。権限を確認してください。", from + " cannot be moved. Check permissions."},
               {}};
}

}  // namespace

std::string message_host(const std::string& organisation) { return organisation + ".musubi.internal"; }

std::string keys_folder(const std::string& directory, const std::string& organisation) {
  return directory + "/" + organisation + "/keys";
}

std::string default_origin(const std::string& organisation) {
  constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyz023456789";
  std::string origin = "musubi/" + organisation + "/";
  for (unsigned char byte : crypto::random_bytes(8)) origin += letters[byte % letters.size()];
  return origin;
}

Result<OrganisationKeys> create_keys(const std::string& folder, const std::string& origin, const std::string& organisation, Time now) {
  if (file_exists(folder + "/origin"))
    return Error{
        Code::kConflict, "trust.keys_exist", {folder + " にはすでに鍵があります。", "There are keys in " + folder + " already."}, {}};
  if (!crypto::is_note_name(origin))
    return Error{Code::kInvalid,
                 "evidence.bad_origin",
                 {"ログの名称（--origin）に空白・「+」・制御文字は使えません。",
                  "A log's name (--origin) has no space, no \"+\" and no control character."},
                 {}};
  TRY(make_folder(folder));
  TRY(load_or_create(log_path(folder, 1), crypto::Algorithm::kEd25519));
  auto root_key = TRY(load_or_create(folder + "/root.pem", crypto::Algorithm::kEcdsaP256));
  auto tsa_key = TRY(load_or_create(folder + "/tsa.pem", crypto::Algorithm::kEcdsaP256));
  Time from{now.us - 60LL * 1'000'000};  // verifiers' clocks may be a little behind
  auto root = TRY(crypto::create_root(*root_key, {organisation, organisation + " Musubi root"}, from));
  auto tsa = TRY(crypto::issue_tsa(*root_key, root, tsa_key->public_key(), {organisation, organisation + " Musubi time-stamps"}, from,
                                   Time{from.us + kTsaValid_us}));
  TRY(replace_file(folder + "/root.crt", root.pem(), 0644));
  TRY(replace_file(folder + "/tsa.crt", tsa.pem(), 0644));
  TRY(replace_file(folder + "/origin", origin + "\n", 0644));  // last: the folder is complete now
  return load_keys(folder);
}

Result<void> mark_in_use(const std::string& folder) {
  return is_in_use(folder) ? Result<void>() : replace_file(folder + "/in-use", "", 0600);
}

bool is_in_use(const std::string& folder) { return file_exists(folder + "/in-use"); }

Result<OrganisationKeys> load_keys(const std::string& folder) {
  if (!file_exists(folder + "/origin")) return missing(folder, "origin");
  auto numbers = log_numbers(folder);
  if (numbers.empty()) return missing(folder, "log-1.pem");
  for (const char* name : {"root.crt", "tsa.crt", "tsa.pem"})
    if (!file_exists(folder + "/" + name)) return missing(folder, name);
  std::string origin = TRY(read_origin(folder));
  std::vector<std::shared_ptr<crypto::NoteSigner>> signers;
  for (int number : numbers) {
    std::shared_ptr<const crypto::Signer> signer = TRY(crypto::load_signer(log_path(folder, number)));
    signers.push_back(TRY(note_signer(origin, std::move(signer))));
  }
  auto root = TRY(load_certificate(folder + "/root.crt"));
  TRY(make_message_keys(folder, root));
  return OrganisationKeys{origin,
                          std::move(signers),
                          root,
                          TRY(load_certificate(folder + "/tsa.crt")),
                          TRY(crypto::load_signer(folder + "/tsa.pem")),
                          TRY(load_certificate(folder + "/message.crt")),
                          TRY(crypto::load_signer(folder + "/message.pem")),
                          folder + "/message.pem",
                          TRY(crypto::OpeningKey::load(folder + "/seal.pem"))};
}

Result<OrganisationKeys> create_next_keys(const std::string& directory, const std::string& organisation, const std::string& origin,
                                          Time now) {
  std::string folder = next_folder(directory, organisation);
  std::error_code error;
  fs::remove_all(folder, error);
  auto keys = TRY(create_keys(folder, origin, organisation, now));
  TRY(copy_secrets(keys_folder(directory, organisation), folder));
  TRY(sync_folder(fs::path(folder).parent_path()));
  TRY(sync_folder(directory));
  return keys;
}

// A crash between the two moves leaves no folder `keys`; the next call goes on from there.
Result<bool> settle_keys(const std::string& directory, const std::string& organisation, const std::string& origin, Time now) {
  std::string folder = keys_folder(directory, organisation), next = next_folder(directory, organisation);
  if (holds_origin(folder, origin) || !holds_origin(next, origin)) return false;
  if (file_exists(folder)) {
    std::string time = now.rfc3339().substr(0, 19);
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    TRY(move_folder(folder, folder + ".before-restore-" + time + "-" + to_hex(crypto::random_bytes(4))));
  }
  TRY(move_folder(next, folder));
  return true;
}

Result<std::shared_ptr<crypto::NoteSigner>> add_log_key(const std::string& folder) {
  std::string origin = TRY(read_origin(folder));
  std::shared_ptr<const crypto::Signer> signer =
      TRY(crypto::create_signer(log_path(folder, highest_number(folder) + 1), crypto::Algorithm::kEd25519));
  return note_signer(origin, std::move(signer));
}

Result<void> shelve_log_key(const std::string& folder, const std::string& key_id) {
  std::string origin = TRY(read_origin(folder));
  for (int number : log_numbers(folder)) {
    std::string path = log_path(folder, number);
    std::shared_ptr<const crypto::Signer> signer = TRY(crypto::load_signer(path));
    if (TRY(note_signer(origin, std::move(signer)))->key_id() != key_id) continue;
    std::error_code error;
    fs::rename(path, path + ".retired", error);
    if (error)
      return Error{Code::kIo,
                   "file.unwritable",
                   {path + " の名前を変えられません。権限を確認してください。", path + " cannot be renamed. Check permissions."},
                   {}};
  }
  return {};
}

Result<std::vector<KeyFile>> key_files(const std::string& folder) {
  std::vector<KeyFile> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    struct stat status {};
    if (entry.path().extension() == ".crt" || entry.path().filename() == "origin") continue;
    if (::stat(entry.path().c_str(), &status) == 0) files.push_back({entry.path().filename(), status.st_mode & 0777});
  }
  if (error) return missing(folder, error.message());
  return files;
}

}  // namespace musubi::trust
