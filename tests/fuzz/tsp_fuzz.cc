// Any bytes as request, response and token. Requests: always a well-formed answer. Tokens: what is accepted as genuine
// carries the time of the one stamp that was ever given.
#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "crypto/tsp.h"

using namespace musubi;
using namespace musubi::crypto;

namespace {

struct World {
  World() {
    char folder[] = "/tmp/tsp_fuzz_XXXXXX";
    CHECK(::mkdtemp(folder) != nullptr);
    std::string root_path = std::string(folder) + "/root.pem", tsa_path = std::string(folder) + "/tsa.pem";
    auto root_key = create_signer(root_path, Algorithm::kEcdsaP256).value();
    std::shared_ptr<const Signer> tsa_key = create_signer(tsa_path, Algorithm::kEcdsaP256).value();
    ::unlink(root_path.c_str());
    ::unlink(tsa_path.c_str());
    ::rmdir(folder);
    auto root = create_root(*root_key, {"o", "root"}, Time{0}).value();
    auto tsa = issue_tsa(*root_key, root, tsa_key->public_key(), {"o", "tsa"}, Time{0}, Time{86'400'000'000}).value();
    check = {sha256("stamped"), std::nullopt, {root}, {tsa}};
    authority.emplace(TimeStampAuthority::create(tsa_key, tsa, {"1.2.3.4", 1000, {}}).value());
  }
  TokenCheck check;
  std::optional<TimeStampAuthority> authority;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto answer = world.authority->answer(bytes, Time{1'000'001}, "\x01");
  auto token = token_of(answer.der);
  CHECK(token.ok() == !answer.failure);
  if (token.ok()) CHECK(parse_token(*token).value().gen_time == Time{1'000'001});
  (void)token_of(bytes);
  (void)parse_token(bytes);
  // No key of this process ever signed these bytes.
  CHECK(!verify_token(bytes, world.check).ok());
  (void)Certificate::from_der(bytes);
  return 0;
}
