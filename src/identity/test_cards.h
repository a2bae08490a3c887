// Somebody who issues cards, for tests: a root, a linker, PINs 1234 and hanako2026.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "crypto/hash.h"
#include "identity/card.h"

namespace musubi::identity {

struct CardIssuer {
  explicit CardIssuer(std::string path) : folder(std::move(path)) {
    key = crypto::create_signer(folder + "/issuer.pem", crypto::Algorithm::kEcdsaP256).value();
    root = crypto::create_root(*key, {"Linker", "Linker Root"}, Time{1'700'000'000'000'000}).value();
  }
  NewCard make(const std::string& id, const std::string& label, Time now) {
    return make_card(id, label, {"1234", "hanako2026"}, linker.unlock_code(id), *key, *root, Time{now.us - 1'000'000},
                     Time{now.us + 5LL * 365 * 86'400'000'000})
        .value();
  }
  // Writes folder/ID.card and returns its path.
  std::string card(const std::string& id, const std::string& label, Time now) {
    std::string path = folder + "/" + id + ".card";
    EXPECT_TRUE(save_card(path, make(id, label, now)).ok());
    return path;
  }

  std::string folder;
  Linker linker{std::string(32, 'k')};
  std::unique_ptr<crypto::Signer> key;
  std::optional<crypto::Certificate> root;
};

}  // namespace musubi::identity
