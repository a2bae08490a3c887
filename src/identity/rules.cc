#include "identity/rules.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "text/normalise.h"

namespace musubi::identity {
namespace {

constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz023456789";  // 32: no i, l, o, 1
constexpr std::string_view kPrefix = "officer-";
constexpr std::size_t kSecretBytes = 32;

struct Kind {
  std::string_view word;
  Text title;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {{"nation", {"国", "Nation"}},
                                        {"prefecture", {"都道府県", "Prefecture"}},
                                        {"municipality", {"市区町村", "Municipality"}},
                                        {"agency", {"府省・機関", "Ministry or agency"}},
                                        {"portal", {"ポータル", "Portal"}},
                                        {"linker", {"符号連携機関", "Linker"}},
                                        {"company", {"企業", "Company"}}};
  return all;
}

void check_line(std::vector<Fault>& faults, const char* where, std::string_view text, std::size_t limit) {
  std::size_t length = text::code_points(text);
  if (text.find_first_not_of(" \t") == std::string_view::npos)
    faults.push_back({where, {"入力してください。", "Enter this."}});
  else if (length > limit)
    faults.push_back({where,
                      {std::to_string(limit) + "文字までにしてください（今は" + std::to_string(length) + "文字です）。",
                       "Use at most " + std::to_string(limit) + " characters (there are " + std::to_string(length) + ")."}});
  else if (!is_utf8(text) || std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }))
    faults.push_back({where, {"制御文字は使えません。", "Control characters are not allowed."}});
}

}  // namespace

std::string_view role_word(Role role) { return role == Role::kAdministrator ? "administrator" : "officer"; }

std::optional<Role> role_from(std::string_view word) {
  if (word == "administrator") return Role::kAdministrator;
  if (word == "officer") return Role::kOfficer;
  return std::nullopt;
}

Text role_title(Role role) { return role == Role::kAdministrator ? Text{"管理者", "Administrator"} : Text{"担当者", "Officer"}; }

std::optional<Text> kind_title(std::string_view kind) {
  for (const auto& each : kinds())
    if (each.word == kind) return each.title;
  return std::nullopt;
}

std::string officer_code(std::string_view random_bytes) {
  CHECK(random_bytes.size() >= 6);
  std::string code(kPrefix);
  for (std::size_t i = 0; i < 6; ++i) code += kLetters[static_cast<unsigned char>(random_bytes[i]) % kLetters.size()];
  return code;
}

bool is_officer_code(std::string_view text) {
  return text.size() == kPrefix.size() + 6 && text.starts_with(kPrefix) &&
         text.find_first_not_of(kLetters, kPrefix.size()) == std::string_view::npos;
}

std::vector<Fault> check_organisation(const Organisation& organisation) {
  std::vector<Fault> faults;
  if (!kind_title(organisation.kind))
    faults.push_back({"kind",
                      {"nation、prefecture、municipality、agency、portal、linker、company のいずれかを指定してください。",
                       "Use nation, prefecture, municipality, agency, portal, linker or company."}});
  check_line(faults, "title-ja", organisation.title.ja, 200);
  check_line(faults, "title-en", organisation.title.en, 200);
  return faults;
}

std::vector<Fault> check_name(std::string_view name) {
  std::vector<Fault> faults;
  check_line(faults, "name", name, 200);
  return faults;
}

std::vector<Fault> check_id(std::string_view id) {
  constexpr std::string_view kIdLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  const bool good =
      id.size() >= 2 && id.size() <= 40 && id[0] >= 'a' && id[0] <= 'z' && id.find_first_not_of(kIdLetters) == std::string_view::npos;
  if (good) return {};
  return {{"id",
           {"ID は英小文字で始まる 2 から 40 文字（a-z、0-9、-）にしてください。",
            "An id has 2 to 40 of a-z, 0-9 and -, and begins with a letter."}}};
}

bool session_lives(Time created, Time last_seen, Time now) {
  return now.us - created.us < kSessionMost_us && now.us - last_seen.us < kSessionIdle_us;
}

bool keeps_administrator(const std::vector<Officer>& officers, std::string_view code, Role role, bool active) {
  return std::any_of(officers.begin(), officers.end(), [&](const Officer& officer) {
    if (officer.code == code) return active && role == Role::kAdministrator;
    return officer.active && officer.role == Role::kAdministrator;
  });
}

std::string mask_csrf(std::string_view secret, std::string_view mask) {
  CHECK(secret.size() == kSecretBytes && mask.size() == kSecretBytes);
  std::string bytes(mask);
  for (std::size_t i = 0; i < kSecretBytes; ++i) bytes += char(secret[i] ^ mask[i]);
  return to_base64url(bytes);
}

bool csrf_matches(std::string_view secret, std::string_view masked) {
  auto bytes = from_base64url(masked);
  if (!bytes || bytes->size() != 2 * kSecretBytes || secret.size() != kSecretBytes) return false;
  std::string plain;
  for (std::size_t i = 0; i < kSecretBytes; ++i) plain += char((*bytes)[i] ^ (*bytes)[kSecretBytes + i]);
  return crypto::equal_constant_time(plain, secret);
}

bool is_return_path(std::string_view path, std::string_view organisation) {
  std::string below = "/" + std::string(organisation) + "/";
  if (!path.starts_with(below) || path.size() > 1000) return false;
  if (path.find("//") != std::string_view::npos || path.find('\\') != std::string_view::npos) return false;
  if (path.find("..") != std::string_view::npos || path.starts_with(below + "sign-")) return false;
  return std::all_of(path.begin(), path.end(), [](unsigned char c) { return c > 32 && c < 127; });
}

}  // namespace musubi::identity
