// Private to this module: public keys on P-256 and their SubjectPublicKeyInfo (RFC 5480), made and read without OpenSSL's general
// decoder, which looks through all formats and takes longer than a signature's check.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace musubi::crypto {

inline constexpr std::size_t kP256InfoBytes = 91;   // named curve, uncompressed point
inline constexpr std::size_t kP256PointBytes = 65;  // 04 || x || y

std::string p256_info(std::string_view point);  // of kP256PointBytes
// Nothing for another form, or a point that does not lie on the curve. The curve's cofactor is 1: a point on it is a valid key.
std::shared_ptr<evp_pkey_st> p256_key(std::string_view info);
bool is_p256(const evp_pkey_st* key);
std::string p256_info_of(const evp_pkey_st* key);

}  // namespace musubi::crypto
