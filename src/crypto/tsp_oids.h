// Private to tsp.cc and tsp_verify.cc.
#pragma once

#include "crypto/x509.h"

namespace musubi::crypto {

// Extended key usage timeStamping, critical and alone, and a key usage that lets it sign (RFC 3161 2.3).
bool is_time_stamping(const Certificate& certificate);

namespace oids {

inline constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";
inline constexpr const char* kSha384 = "2.16.840.1.101.3.4.2.2";
inline constexpr const char* kSha512 = "2.16.840.1.101.3.4.2.3";
inline constexpr const char* kEcdsaWithSha256 = "1.2.840.10045.4.3.2";
inline constexpr const char* kSignedData = "1.2.840.113549.1.7.2";
inline constexpr const char* kTstInfo = "1.2.840.113549.1.9.16.1.4";
inline constexpr const char* kContentType = "1.2.840.113549.1.9.3";
inline constexpr const char* kMessageDigest = "1.2.840.113549.1.9.4";
inline constexpr const char* kSigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";

}  // namespace oids
}  // namespace musubi::crypto
