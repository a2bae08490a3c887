// Private to this module's .cc files: what they share of OpenSSL, declared without including it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "crypto/x509.h"

struct x509_st;
struct x509_store_st;

namespace musubi::crypto {

struct Certificate::State {
  std::shared_ptr<x509_st> x509;
  std::string der;
};

// The reason of the newest entry of OpenSSL's error queue in its own English words; empties the queue of this thread.
std::string openssl_reason();

// A store that trusts `roots` and judges strictly (X509_V_FLAG_X509_STRICT) at `at`, whole seconds.
std::shared_ptr<x509_store_st> make_store(std::span<const Certificate> roots, Time at);

}  // namespace musubi::crypto
