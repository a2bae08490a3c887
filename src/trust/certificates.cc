#include "trust/certificates.h"

#include <array>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace musubi::trust {
namespace {

constexpr std::array<std::string_view, 1> kRootFact = {"root"};
constexpr std::array<evidence::RecordType, 1> kTypes = {{
    {"trust.certificates_published", 1, evidence::Visibility::kPublic, "認証局の証明書を公開した",
     "Certificates of the authority published", kRootFact},
}};

std::string fingerprint_of(const crypto::Certificate& certificate) { return to_hex(crypto::bytes(certificate.fingerprint())); }

}  // namespace

std::span<const evidence::RecordType> record_types() { return kTypes; }

Result<evidence::Appended> publish_certificates(db::Transaction& tx, const OrganisationKeys& keys, Time now, std::string_view actor) {
  auto put = [&](const crypto::Certificate& certificate, const char* purpose) {
    return tx.put("trust_certificate", {{"fingerprint", fingerprint_of(certificate)},
                                        {"purpose", std::string(purpose)},
                                        {"pem", certificate.pem()},
                                        {"since", now.us}});
  };
  TRY(put(keys.root, "root"));
  TRY(put(keys.tsa, "tsa"));
  return evidence::append(tx, {kTypes[0],
                               "trust/certificates",
                               std::string(actor),
                               "",
                               {{"root", fingerprint_of(keys.root)}},
                               json::object{{"root", keys.root.pem()}, {"tsa", keys.tsa.pem()}}});
}

Result<std::string> certificates_pem(db::Reader& reader, std::string_view purpose) {
  std::string pem;
  for (const auto& row : TRY(reader.query(
           "SELECT pem FROM trust_certificate WHERE purpose = $1 ORDER BY since DESC, fingerprint LIMIT 60", {std::string(purpose)})))
    if (auto* text = std::get_if<std::string>(&row.at(0))) pem += *text;  // for verify, too, which names one that was changed
  return pem;
}

}  // namespace musubi::trust
