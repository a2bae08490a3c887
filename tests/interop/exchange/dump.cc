// For tests/interop/exchange/main.mjs: `exchange_dump dump DIR` writes signed messages, a JWS and a JWE of ours; `exchange_dump
// check DIR` reads those that the other program made with its own key.
#include <cstdio>
#include <filesystem>

#include "base/encoding.h"
#include "base/file.h"
#include "base/json.h"
#include "crypto/jose.h"
#include "exchange/signature.h"

using namespace musubi;
using namespace musubi::exchange;

namespace {

json::object headers_of(const http::Headers& headers) {
  json::object out;
  for (const auto& [name, value] : headers) out[name] = value;
  return out;
}

int dump(const std::string& folder) {
  auto key = crypto::create_signer(folder + "/key.pem", crypto::Algorithm::kEcdsaP256).value();
  auto opening = crypto::OpeningKey::load(folder + "/key.pem").value();
  Time now = SystemClock().now();
  Message question{"POST", "aoba.musubi.internal", "/exchange/query", {}, "{\"items\":[\"person.name\"]}"};
  question.headers.set("Content-Type", "application/json");
  sign_question(question, *key, "portal", "0123456789abcdef", now).value();
  Reply answer{200, {}, "{\"answer\":{\"氏名\":\"結 花子\"}}"};
  answer.headers.set("Content-Type", "application/json");
  sign_answer(answer, question, *key, "aoba", now).value();
  json::object out{{"spki", to_base64(key->public_key())},
                   {"question", {{"headers", headers_of(question.headers)}, {"body", question.body}}},
                   {"answer", {{"headers", headers_of(answer.headers)}, {"body", answer.body}}},
                   {"jws", crypto::sign_jws(*key, {{"typ", "JWT"}}, "結び").value()},
                   {"jwe", crypto::seal_jwe(opening->public_key(), {}, "符号").value()}};
  replace_file(folder + "/ours.json", json::serialize(out), 0600).value();
  return 0;
}

int check(const std::string& folder) {
  int passed = 0, failed = 0;
  auto judge = [&](const char* name, bool good) {
    ++(good ? passed : failed);
    if (!good) std::printf("%s: not accepted\n", name);
  };
  auto theirs = parse_json(read_file(folder + "/theirs.json", 1 << 20).value()).value().as_object();
  auto text = [&](const char* name) { return std::string(theirs.at(name).as_string()); };
  auto key = crypto::Verifier::create(crypto::Algorithm::kEcdsaP256, *from_base64(text("spki"))).value();
  auto jws = crypto::verify_jws(text("jws"), key);
  judge("jws of jose", jws.ok() && jws->payload == "結び");
  auto opened = crypto::open_jwe(*crypto::OpeningKey::load(folder + "/key.pem").value(), text("jwe"));
  judge("jwe of jose", opened.ok() && *opened == "符号");
  Message question{"POST", "aoba.musubi.internal", "/exchange/query", {}, "{}"};
  for (const auto& [name, value] : theirs.at("headers").as_object())
    question.headers.set(std::string(name), std::string(value.as_string()));
  auto stated = verify_question(question, key, SystemClock().now());
  judge("question of http-message-signatures", stated.ok() && stated->keyid == "portal");
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  return std::string(words[1]) == "dump" ? dump(words[2]) : check(words[2]);
}
