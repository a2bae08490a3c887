// What a card agent and an organisation read from each other: never crashes, whether the signature is right or not.
#include <cstdint>

#include "base/check.h"
#include "crypto/sealed_key.h"
#include "identity/card_message.h"

namespace {

struct Sender {
  std::unique_ptr<musubi::crypto::Signer> key =
      musubi::crypto::open_sealed_key("0000", musubi::crypto::create_sealed_key("0000").sealed).value();
  musubi::crypto::Certificate root = musubi::crypto::create_root(*key, {"Fuzz", "Fuzz"}, musubi::Time{1'700'000'000'000'000}).value();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace musubi;
  static const Sender sender;
  const Time now{1'800'000'000'000'000};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)identity::read_answer(text).ok();
  CHECK(!identity::check_challenge(text, {}, now).ok());
  // The same bytes as the payload of a challenge that is properly signed.
  json::object header{{"typ", "musubi-card-challenge"}, {"x5c", crypto::x5c_of(std::span(&sender.root, 1))}};
  const auto jws = crypto::sign_jws(*sender.key, header, text);
  if (jws.ok()) CHECK(!identity::check_challenge(*jws, std::span(&sender.root, 1), now).ok());  // no name of a message host
  return 0;
}
