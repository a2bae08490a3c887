#include "crypto/p256.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

#include "base/check.h"

namespace musubi::crypto {
namespace {

// SubjectPublicKeyInfo up to the point.
constexpr std::array<unsigned char, kP256InfoBytes - kP256PointBytes> kPrefix = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                                                 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                                                 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
std::string_view prefix() { return {reinterpret_cast<const char*>(kPrefix.data()), kPrefix.size()}; }

}  // namespace

std::string p256_info(std::string_view point) {
  CHECK(point.size() == kP256PointBytes);
  return std::string(prefix()).append(point);
}

std::shared_ptr<evp_pkey_st> p256_key(std::string_view info) {
  if (info.size() != kP256InfoBytes || !info.starts_with(prefix()) || info[kPrefix.size()] != '\x04') return nullptr;
  std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  CHECK(context && EVP_PKEY_fromdata_init(context.get()) == 1);
  std::string point(info.substr(kPrefix.size()));
  char curve[] = "P-256";
  OSSL_PARAM parts[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
                        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
                        OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parts) != 1) {
    EVP_PKEY_free(key);
    ERR_clear_error();
    return nullptr;
  }
  return {key, [](EVP_PKEY* made) { EVP_PKEY_free(made); }};
}

bool is_p256(const evp_pkey_st* key) {
  char group[32] = {};
  std::size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1 &&
         std::string_view(group) == "prime256v1";
}

std::string p256_info_of(const evp_pkey_st* key) {
  std::array<unsigned char, kP256PointBytes> point{};
  std::size_t length = 0;
  CHECK(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point.data(), point.size(), &length) == 1 &&
        length == point.size());
  return p256_info({reinterpret_cast<const char*>(point.data()), point.size()});
}

}  // namespace musubi::crypto
