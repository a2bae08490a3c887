#include "identity/card.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "crypto/sealed_key.h"

namespace musubi::identity {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCardFileAtMost = 64 << 10;
constexpr std::size_t kUnlockDigits = 12;
constexpr std::string_view kFormat = "musubi-soft-card";

Error unreadable(const std::string& path) {
  return {Code::kInvalid,
          "card.unreadable",
          {path + " はカードのファイルではないか、壊れています。別のファイルを選ぶか、カードを作り直してください。",
           path + " is no card, or it is damaged. Choose another file, or have the card issued again."},
          {}};
}

Error locked(const char* ja, const char* en, const std::string& path) {
  return {Code::kForbidden,
          "card.locked",
          {std::string(ja) +
               "の暗証番号を続けて間違えたため、カードはロックされています。窓口で 12 "
               "桁の解除番号を受け取り（交付のときに印字された番号も使えます）、次を実行してください：musubi card unlock " +
               path,
           std::string("The card is locked: the ") + en +
               " PIN was wrong too often. Get the unlock code of 12 digits at the office (the one printed when the card was issued is "
               "good, too), then run: musubi card unlock " +
               path},
          {}};
}

Error pin_wrong(int left) {
  std::string n = std::to_string(left);
  return {Code::kForbidden,
          "card.pin_wrong",
          {"暗証番号が違います。あと " + n + " 回間違えるとロックされます。",
           "The PIN is wrong. " + n + (left == 1 ? " try is left." : " tries are left.")},
          {}};
}

// Held while counters are changed, so that two agents cannot share one try.
class Lock {
 public:
  explicit Lock(const std::string& path) : fd_(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ >= 0)
      while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {}
  }
  ~Lock() {
    if (fd_ >= 0) ::close(fd_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  bool held() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct File {
  SoftCard card;
  json::object content;

  int& tries(CardKey key) { return key == CardKey::kLogin ? card.login_tries : card.signing_tries; }
};

Result<crypto::Certificate> certificate_at(ObjectReader& reader, std::string_view key) {
  return crypto::Certificate::from_pem(reader.string(key, 8192));
}

int tries_at(ObjectReader& reader, std::string_view key, int most) {
  return int(std::clamp<std::int64_t>(reader.optional_integer(key).value_or(0), 0, most));
}

Result<File> read(const std::string& path) {
  auto value = parse_json(TRY(read_file(path, kCardFileAtMost)));
  if (!value.ok() || !value->is_object()) return unreadable(path);
  std::vector<Fault> faults;
  ObjectReader reader(*value, "", faults);
  bool ours = reader.string("format") == kFormat;
  std::string id = reader.string("id", 100), label = reader.string("label", 400);
  auto login = certificate_at(reader, "login"), signing = certificate_at(reader, "signing"), issuer = certificate_at(reader, "issuer");
  for (const char* key : {"login_key", "signing_key", "unlock"}) reader.string(key, 4096);
  if (!ours || !login.ok() || !signing.ok() || !issuer.ok() || !faults.empty()) return unreadable(path);
  SoftCard card{path,
                id,
                label,
                *login,
                *signing,
                *issuer,
                tries_at(reader, "login_tries", kLoginTries),
                tries_at(reader, "signing_tries", kSigningTries),
                tries_at(reader, "unlock_tries", kUnlockTries)};
  return File{std::move(card), value->as_object()};
}

Result<void> keep(File& file) {
  file.content["login_tries"] = file.card.login_tries;
  file.content["signing_tries"] = file.card.signing_tries;
  file.content["unlock_tries"] = file.card.unlock_tries;
  return replace_file(file.card.path, pretty_json(file.content), 0600);
}

std::string sealed_in(const File& file, std::string_view key) {
  auto& text = file.content.at(key).as_string();
  return std::string(text.data(), text.size());
}

Error lock_failed(const std::string& path) {
  return {Code::kIo,
          "file.unwritable",
          {path + ".lock に書き込めません。権限を確認してください。", path + ".lock cannot be written. Check its permissions."},
          {}};
}

}  // namespace

std::vector<Fault> check_pins(const Pins& pins) {
  std::vector<Fault> faults;
  if (pins.login.size() != 4 || pins.login.find_first_not_of("0123456789") != std::string::npos)
    faults.push_back({"login_pin", {"サインイン用の暗証番号は数字 4 桁にしてください。", "The PIN for signing in has 4 digits."}});
  bool plain = std::all_of(pins.signing.begin(), pins.signing.end(), [](unsigned char c) { return c < 128 && std::isalnum(c); });
  if (pins.signing.size() < 6 || pins.signing.size() > 16 || !plain)
    faults.push_back(
        {"signing_pin",
         {"署名用の暗証番号は英数字 6 文字から 16 文字にしてください。", "The PIN for signing has 6 to 16 letters and digits."}});
  return faults;
}

Result<NewCard> make_card(const std::string& id, const std::string& label, const Pins& pins, const std::string& unlock_code,
                          const crypto::Signer& root_key, const crypto::Certificate& root, Time from, Time until) {
  if (auto faults = check_pins(pins); !faults.empty())
    return Error{Code::kInvalid, "identity.bad_pin", {"暗証番号を直してください。", "Correct the PINs."}, std::move(faults)};
  auto login = crypto::create_sealed_key(pins.login), signing = crypto::create_sealed_key(pins.signing);
  crypto::Subject subject{"Musubi card", id};
  auto login_certificate =
      TRY(crypto::issue_certificate(root_key, root, {crypto::Profile::kLogin, login.public_key, subject, "", from, until}));
  auto signing_certificate =
      TRY(crypto::issue_certificate(root_key, root, {crypto::Profile::kSigning, signing.public_key, subject, "", from, until}));
  json::object file{{"format", std::string(kFormat)},
                    {"id", id},
                    {"label", label},
                    {"login", login_certificate.pem()},
                    {"login_key", login.sealed},
                    {"login_tries", kLoginTries},
                    {"signing", signing_certificate.pem()},
                    {"signing_key", signing.sealed},
                    {"signing_tries", kSigningTries},
                    {"issuer", root.pem()},
                    {"unlock", crypto::seal_under(unlock_code, "unlock")},
                    {"unlock_tries", kUnlockTries}};
  return NewCard{pretty_json(file), {login_certificate, signing_certificate}};
}

Result<void> check_free(const std::string& path) {
  if (!file_exists(path)) return {};
  return Error{Code::kConflict,
               "card.exists",
               {path + " はすでにあります。上書きしません。別の名前にしてください。",
                path + " exists and is not overwritten. Choose another name."},
               {}};
}

Result<void> save_card(const std::string& path, const NewCard& card) {
  TRY(check_free(path));
  return replace_file(path, card.file, 0600);
}

Result<SoftCard> load_card(const std::string& path) { return std::move(TRY(read(path)).card); }

Result<std::vector<SoftCard>> cards_in(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end && paths.size() < kCardsAtMost; at.increment(failed))
    if (at->path().extension() == ".card") paths.push_back(at->path().string());
  if (failed)
    return Error{
        Code::kIo,
        "file.unreadable",
        {folder + " を読めません。場所と権限を確認してください。", folder + " cannot be read. Check that it exists and may be read."},
        {}};
  std::sort(paths.begin(), paths.end());
  std::vector<SoftCard> cards;
  for (const auto& path : paths)
    if (auto card = load_card(path); card.ok()) cards.push_back(std::move(*card));
  return cards;
}

Result<std::unique_ptr<crypto::Signer>> open_card(const std::string& path, CardKey key, std::string_view pin) {
  Lock lock(path);
  if (!lock.held()) return lock_failed(path);
  auto file = TRY(read(path));
  bool login = key == CardKey::kLogin;
  int& tries = file.tries(key);
  auto no_try = [&] { return login ? locked("サインイン用", "sign-in", path) : locked("署名用", "signing", path); };
  if (tries <= 0) return no_try();
  --tries;
  TRY(keep(file));  // durable before the check: a crash from here on costs the try
  auto signer = pin.size() > 64 ? crypto::open_sealed_key("", sealed_in(file, login ? "login_key" : "signing_key"))
                                : crypto::open_sealed_key(pin, sealed_in(file, login ? "login_key" : "signing_key"));
  if (!signer.ok()) {
    if (signer.error().name != "crypto.passphrase_wrong") return unreadable(path);
    return tries > 0 ? pin_wrong(tries) : no_try();
  }
  tries = login ? kLoginTries : kSigningTries;
  TRY(keep(file));
  return signer;
}

Result<void> unlock_card(const std::string& path, std::string_view code) {
  if (code.size() != kUnlockDigits || code.find_first_not_of("0123456789") != std::string_view::npos)
    return Error{Code::kInvalid,
                 "card.unlock_malformed",
                 {"解除番号は半角の数字 12 桁です。窓口で受け取った番号をそのまま入力してください（回数は減っていません）。",
                  "An unlock code has twelve digits. Enter the one from the office as it is (no try was used up)."},
                 {}};
  Lock lock(path);
  if (!lock.held()) return lock_failed(path);
  auto file = TRY(read(path));
  if (file.card.unlock_tries <= 0)
    return Error{Code::kForbidden,
                 "card.unlock_locked",
                 {"解除番号を 10 回間違えたため、このカードは使えません。窓口で新しいカードを申請してください。",
                  "The unlock code was wrong ten times: this card is of no more use. Apply for a new one."},
                 {}};
  --file.card.unlock_tries;
  TRY(keep(file));
  if (!crypto::open_under(code, sealed_in(file, "unlock")).ok()) {
    std::string left = std::to_string(file.card.unlock_tries);
    return Error{Code::kForbidden,
                 "card.unlock_wrong",
                 {"解除番号が違います（残り " + left + " 回）。窓口で受け取った 12 桁を確認してください。",
                  "The unlock code is wrong (" + left + " tries left). Check the twelve digits from the office."},
                 {}};
  }
  file.card.login_tries = kLoginTries;
  file.card.signing_tries = kSigningTries;
  file.card.unlock_tries = kUnlockTries;
  return keep(file);
}

Result<std::vector<crypto::Certificate>> trusted_roots(const std::string& folder) {
  std::string path = folder + "/trusted.pem";
  if (!file_exists(path)) return std::vector<crypto::Certificate>();
  return crypto::parse_pem_chain(TRY(read_file(path, 1 << 20)));
}

Result<void> trust_root(const std::string& folder, const crypto::Certificate& root) {
  TRY(make_folder(folder));
  auto known = TRY(trusted_roots(folder));
  std::string all;
  for (const auto& each : known) {
    if (each.der() == root.der()) return {};
    all += each.pem();
  }
  return replace_file(folder + "/trusted.pem", all + root.pem(), 0600);
}

}  // namespace musubi::identity
