#include "trust/routes.h"

#include <charconv>

#include "base/encoding.h"
#include "evidence/checkpoints.h"
#include "trust/certificates.h"

namespace musubi::trust {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

Error no_stamp() {
  return {Code::kNotFound,
          "trust.no_stamp",
          {"この大きさのチェックポイントにタイムスタンプはありません。/log/stamps/newest.json で最新のものを確認してください。",
           "No checkpoint of this size was stamped. /log/stamps/newest.json names the newest one."},
          {}};
}

// RFC 3161 2.4.2: TimeStampResp ::= SEQUENCE { status { granted (0) }, timeStampToken }.
std::string response_of(const std::string& token) {
  std::string status = "\x30\x03\x02\x01";
  status += '\0';
  std::size_t length = status.size() + token.size();
  std::string head = "\x30";
  if (length < 128)
    head += char(length);
  else if (length < 65536)
    head += std::string{char(0x82), char(length >> 8), char(length & 0xff)};
  else
    head += std::string{char(0x83), char(length >> 16), char((length >> 8) & 0xff), char(length & 0xff)};
  return head + status + token;
}

Result<evidence::KeptCheckpoint> stamped(db::Store& store, Request& request) {
  auto database = TRY(store.organisation(request.parameter("org")));
  const std::string& text = request.parameter("size");
  std::uint64_t size = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return no_stamp();
  auto kept = TRY(database->read([&](db::Reader& reader) { return evidence::kept_checkpoint(reader, size); }));
  if (!kept || !kept->stamp) return no_stamp();
  return *kept;
}

Result<Response> stamp(db::Store& store, Request& request) {
  auto kept = TRY(stamped(store, request));
  return std::move(http::bytes(response_of(*kept.stamp), "application/timestamp-reply").cache(kForEver));
}

Result<Response> note(db::Store& store, Request& request) {
  auto kept = TRY(stamped(store, request));
  return std::move(http::text(kept.note).cache(kForEver));
}

Result<Response> newest(db::Store& store, Request& request) {
  const std::string& organisation = request.parameter("org");
  auto database = TRY(store.organisation(organisation));
  auto kept = TRY(database->read([](db::Reader& reader) { return evidence::newest_stamped(reader); }));
  if (!kept) return no_stamp();
  std::string base = "/" + organisation + "/log/", size = std::to_string(kept->size);
  auto info = TRY(crypto::parse_token(*kept->stamp));
  return std::move(http::json(json::object{{"size", size},
                                           {"time", info.gen_time.rfc3339()},
                                           {"serial", to_hex(info.serial)},
                                           {"stamp", base + "stamps/" + size + ".tsr"},
                                           {"note", base + "stamps/" + size + ".note"},
                                           {"certificates", base + "tsa.pem"}})
                       .cache("no-cache"));
}

Result<Response> certificates(db::Store& store, Request& request) {
  auto database = TRY(store.organisation(request.parameter("org")));
  auto pem = TRY(database->read([](db::Reader& reader) -> Result<std::string> {
    return TRY(certificates_pem(reader, "tsa")) + TRY(certificates_pem(reader, "root"));
  }));
  return std::move(http::bytes(std::move(pem), "application/x-pem-file").cache("no-cache"));
}

}  // namespace

void add_routes(http::Router& router, db::Store& store) {
  auto with = [&store](Result<Response> (*handler)(db::Store&, Request&)) {
    return [&store, handler](Request& request) { return handler(store, request); };
  };
  router.add({Method::get,
              "/{org}/log/stamps/{size}.tsr",
              Access::kPublic,
              with(stamp),
              "チェックポイントのタイムスタンプ（RFC 3161）",
              "Time-stamp of a checkpoint (RFC 3161)",
              {{}, {"application/timestamp-reply"}}});
  router.add({Method::get,
              "/{org}/log/stamps/{size}.note",
              Access::kPublic,
              with(note),
              "タイムスタンプの対象となったチェックポイント",
              "The checkpoint that was stamped",
              {{}, {"text/plain"}}});
  router.add({Method::get,
              "/{org}/log/stamps/newest.json",
              Access::kPublic,
              with(newest),
              "最新のタイムスタンプ",
              "The newest stamp",
              {{}, {"application/json"}}});
  router.add({Method::get,
              "/{org}/log/tsa.pem",
              Access::kPublic,
              with(certificates),
              "タイムスタンプ局とルートの証明書",
              "Certificates of the time-stamping authority and of its root",
              {{}, {"application/x-pem-file"}}});
}

}  // namespace musubi::trust
