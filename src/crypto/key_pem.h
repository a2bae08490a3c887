// Private to this module: private keys as unencrypted PKCS#8 PEM in memory. The caller wipes them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "crypto/signer.h"

namespace musubi::crypto {

std::string new_key_pem(Algorithm algorithm);
// Errors as load_signer has them; `name` is what the messages call it.
Result<std::unique_ptr<Signer>> signer_from_pem(const std::string& name, std::string_view pem);

}  // namespace musubi::crypto
