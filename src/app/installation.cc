#include "app/installation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "app/history.h"
#include "app/value_checks.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/x509.h"
#include "embedded/evidence_schema.h"
#include "embedded/exchange_schema.h"
#include "embedded/identity_schema.h"
#include "embedded/kpi_schema.h"
#include "embedded/procedures_schema.h"
#include "embedded/records_schema.h"
#include "embedded/trust_schema.h"
#include "evidence/log.h"
#include "evidence/routes.h"
#include "exchange/exchange.h"
#include "exchange/verify.h"
#include "identity/rules.h"
#include "identity/verify.h"
#include "kpi/follow_ups.h"
#include "kpi/gather.h"
#include "kpi/kpi.h"
#include "kpi/sheets.h"
#include "kpi/trace.h"
#include "procedures/procedures.h"
#include "records/records.h"
#include "trust/certificates.h"

namespace musubi::app {
namespace {

// Words of this server's own paths.
constexpr std::array<std::string_view, 12> kReserved = {"static",  "health",  "metrics", "problems", "explain", "accessibility",
                                                        "privacy", "gallery", "verify",  "index",    "api",     "openapi"};

Result<db::Schema> schema() {
  const db::ModuleSchema modules[] = {{"evidence", embedded::evidence_schema()},    {"trust", embedded::trust_schema()},
                                      {"identity", embedded::identity_schema()},    {"exchange", embedded::exchange_schema()},
                                      {"records", embedded::records_schema()},      {"kpi", embedded::kpi_schema()},
                                      {"procedures", embedded::procedures_schema()}};
  return db::read_schema(modules);
}

Error reserved(const std::string& id) {
  return {Code::kInvalid,
          "org.reserved",
          {"「" + id + "」はサーバー自身のパスに使われています。別の名前を選んでください。",
           "\"" + id + "\" is one of the server's own paths. Choose another name."},
          {}};
}

// Everything that making an organisation can refuse for what was asked: found before anything is made, so that nothing is left.
Result<void> check_wanted(const NewOrganisation& wanted, const std::string& origin) {
  std::vector<Fault> faults;
  if (auto good = check_organisation_id(wanted.id); !good.ok()) faults.push_back({"id", good.error().message});
  for (auto& fault : identity::check_organisation(wanted.organisation)) faults.push_back(std::move(fault));
  for (auto& fault : identity::check_name(wanted.administrator)) faults.push_back({"administrator", std::move(fault.message)});
  if (auto good = check_origin(origin); !good.ok()) faults.push_back({"origin", good.error().message});
  if (faults.empty()) return {};
  bool id_only = faults.size() == 1 && faults[0].where == "id";
  if (id_only) return Error{Code::kInvalid, "org.bad_id", faults[0].message, {}};
  return Error{Code::kInvalid,
               "identity.bad_organisation",
               {"組織の情報を直してください。何も作っていません。", "Correct what describes the organisation. Nothing was made."},
               std::move(faults)};
}

Error busy(const Error& locked, const std::string& data) {
  auto lock = read_file(data + "/lock", 32);
  std::string pid = lock.ok() ? lock->substr(0, lock->find_first_not_of("0123456789")) : "";
  std::string kill = "kill -TERM " + (pid.empty() ? "PID" : pid);
  return {Code::kUnavailable,
          "app.busy",
          {locked.message.ja + "\n  このコマンドは書き込みを行うため、先に止める必要があります：" + kill +
               "（安全に止まります）。verify、backup、receipt、org list は動かしたまま使えます。",
           locked.message.en + "\n  This command writes to " + data + ", so stop that process first: " + kill +
               " (it stops cleanly). verify, backup, receipt and org list work beside it."},
          {}};
}

// What a newcomer meets first is said in words of folders, before the database says it in its own. Root may write anywhere.
Result<void> check_folder(const std::string& folder, bool writes) {
  std::error_code ignored;
  auto state = std::filesystem::status(folder, ignored);
  if (!std::filesystem::exists(state)) return {};
  if (!std::filesystem::is_directory(state))
    return Error{Code::kIo,
                 "app.data_no_folder",
                 {folder + " はフォルダではありません。--data か MUSUBI_DATA で、データを置くフォルダを指定してください。",
                  folder + " is no directory. Name one for the data with --data or MUSUBI_DATA."},
                 {}};
  if (::access(folder.c_str(), writes ? R_OK | W_OK | X_OK : R_OK | X_OK) == 0) return {};
  return Error{
      Code::kIo,
      "app.data_no_access",
      {"データフォルダ " + folder + (writes ? " に書き込めません。" : " を読めません。") + "持ち主と権限を ls -ld " + folder +
           " で確かめ、持ち主の利用者として実行するか、--data で別のフォルダを指定してください。",
       "The data directory " + folder + (writes ? " cannot be written. " : " cannot be read. ") +
           "Look at its owner and permissions with ls -ld " + folder + ", run this as its owner, or name another with --data."},
      {}};
}

}  // namespace

const std::map<std::string, const evidence::RecordType*, std::less<>>& record_types() {
  static const auto all = [] {
    std::map<std::string, const evidence::RecordType*, std::less<>> types;
    for (const auto* type : evidence::record_types()) types.emplace(type->name, type);
    for (const auto& type : trust::record_types()) types.emplace(type.name, &type);
    for (const auto& type : identity::record_types()) types.emplace(type.name, &type);
    for (const auto& type : exchange::record_types()) types.emplace(type.name, &type);
    for (const auto& type : records::record_types()) types.emplace(type.name, &type);
    for (const auto& type : kpi::record_types()) types.emplace(type.name, &type);
    for (const auto& type : procedures::record_types()) types.emplace(type.name, &type);
    return types;
  }();
  return all;
}

Result<std::unique_ptr<Installation>> Installation::open(const Config& config, Opening opening, Clock* clock) {
  std::unique_ptr<Installation> made(new Installation(config));
  if (clock) made->clock_ = clock;
  Installation* self = made.get();
  db::StoreOptions options;
  options.directory = config.data;
  options.postgres = config.postgres;
  options.schema = TRY(schema());
  options.read_only = opening == Opening::kRead;
  if (opening == Opening::kRead && !file_exists(config.data))
    return Error{Code::kIo,
                 "app.no_data",
                 {"データフォルダ " + config.data + " がありません。--data で場所を指定してください。",
                  "There is no data directory " + config.data + ". Say where it is with --data."},
                 {}};
  TRY(check_folder(config.data, opening != Opening::kRead));
  options.make_listener = [self, opening](db::Database& database, db::Reader& reader) -> Result<std::unique_ptr<db::CommitListener>> {
    const std::string folder = trust::keys_folder(self->config_.data, database.organisation());
    const Left left = TRY(what_is_left(reader, folder));
    if (history_of(left) == History::kLost) return no_log_left(self->config_, database.organisation());
    if (history_of(left) == History::kGoesOn) {
      // A restore may have been cut off between its last two steps.
      TRY(trust::settle_keys(self->config_.data, database.organisation(), *left.origin, self->clock_->now()));
      if (opening != Opening::kRead) TRY(trust::mark_in_use(folder));
    }
    auto keys = TRY(self->keys(database.organisation()))->log_keys();
    return std::unique_ptr<db::CommitListener>(TRY(evidence::Log::load(database, reader, std::move(keys), *self->clock_)));
  };
  if (opening == Opening::kRead) options.make_listener = nullptr;
  auto store = db::Store::open(std::move(options));
  if (!store.ok()) return store.error().name == "db.locked" ? busy(store.error(), config.data) : store.error();
  made->store_ = std::move(*store);
  return made;
}

Result<KeysPointer> Installation::keys(const std::string& organisation) {
  auto known = keys_.with([&](auto& map) {
    auto at = map.find(organisation);
    return at == map.end() ? KeysPointer() : at->second;
  });
  if (known) return known;
  auto loaded = std::make_shared<const trust::OrganisationKeys>(TRY(trust::load_keys(trust::keys_folder(config_.data, organisation))));
  keys_.with([&](auto& map) { map[organisation] = loaded; });
  return KeysPointer(loaded);
}

void Installation::forget_keys(const std::string& organisation) {
  keys_.with([&](auto& map) { map.erase(organisation); });
}

Result<FirstAdministrator> Installation::create_organisation(const NewOrganisation& wanted) {
  if (db::Store::valid_id(wanted.id))
    for (auto word : kReserved)
      if (wanted.id == word) return reserved(wanted.id);
  std::string keys_at = trust::keys_folder(config_.data, wanted.id);
  std::string origin = wanted.origin.empty() ? trust::default_origin(wanted.id) : wanted.origin;
  TRY(check_wanted(wanted, origin));
  auto known = TRY(store_->organisations());
  if (trust::is_in_use(keys_at) && std::find(known.begin(), known.end(), wanted.id) == known.end())
    return no_database_left(config_, wanted.id);
  auto made = trust::create_keys(keys_at, origin, wanted.id, clock_->now());
  if (!made.ok() && made.error().name != "trust.keys_exist") return made.error();
  auto created = store_->create(wanted.id);
  bool begun = !created.ok() && created.error().name == "org.exists";  // perhaps an attempt that a crash cut short
  if (!created.ok() && !begun) return created.error();
  auto database = begun ? TRY(store_->organisation(wanted.id)) : *created;
  auto own = TRY(keys(wanted.id));
  auto first = TRY(database->write([&](db::Transaction& tx) -> Result<FirstAdministrator> {
    if (begun && TRY(identity::organisation(tx))) return created.error();
    auto& log = evidence::Log::of(tx);
    TRY(log.open_log(tx, {own->origin, {}, {}}, wanted.actor));
    TRY(trust::publish_certificates(tx, *own, clock_->now(), wanted.actor));
    TRY(identity::create_organisation(tx, wanted.organisation, wanted.actor));
    auto officer = TRY(identity::appoint(tx, wanted.administrator, identity::Role::kAdministrator, wanted.actor, clock_->now()));
    auto token = TRY(identity::make_link(tx, officer.code, clock_->now(), wanted.actor));
    return FirstAdministrator{std::move(officer), std::move(token)};
  }));
  TRY(trust::mark_in_use(keys_at));                     // after a crash before this, by whoever opens it next
  TRY(evidence::Log::of(*database).keep_checkpoint());  // a backup made before the first serve holds one, too
  return first;
}

identity::Organisation Installation::about(const std::string& organisation) {
  auto known = about_.with([&](auto& map) -> std::optional<identity::Organisation> {
    auto at = map.find(organisation);
    return at == map.end() ? std::nullopt : std::optional(at->second);
  });
  if (known) return *known;
  identity::Organisation unknown{"", {organisation, organisation}};
  auto database = store_->organisation(organisation);
  if (!database.ok()) return unknown;
  auto found = (*database)->read([](db::Reader& reader) { return identity::organisation(reader); });
  if (!found.ok() || !*found) return unknown;
  about_.with([&](auto& map) { map[organisation] = **found; });
  return **found;
}

namespace {

Result<std::string> kept_anchors(db::Database& database) {
  auto pem = TRY(database.read([](db::Reader& reader) { return trust::certificates_pem(reader, "root"); }));
  if (!pem.empty()) TRY(crypto::parse_pem_chain(pem));
  return pem;
}

}  // namespace

Result<evidence::VerifyReport> Installation::verify(const std::string& organisation, evidence::VerifyOptions options) {
  auto database = TRY(store_->organisation(organisation));
  options.derived.push_back([](db::Reader& reader) { return kpi::Plans::verify_derived(reader); });
  options.derived.push_back([](db::Reader& reader) { return kpi::Indicators::verify_derived(reader); });
  options.derived.push_back([](db::Reader& reader) { return kpi::Sheets::verify_derived(reader); });
  options.derived.push_back([](db::Reader& reader) { return kpi::FollowUps::verify_derived(reader); });
  options.derived.push_back([](db::Reader& reader) { return kpi::Traces::verify_derived(reader); });
  options.derived.push_back([](db::Reader& reader) { return records::verify_derived(reader); });
  options.derived.push_back([](db::Reader& reader) { return identity::verify_derived(reader); });
  options.derived.push_back([](db::Reader& reader) { return identity::verify_opened(reader); });
  options.derived.push_back([](db::Reader& reader) { return exchange::verify_outbox(reader); });
  auto anchors = options.tsa_roots_pem.empty() ? kept_anchors(*database) : options.tsa_roots_pem;
  if (anchors.ok()) options.tsa_roots_pem = *anchors;
  const std::string folder = trust::keys_folder(config_.data, organisation);
  auto left = database->read([&](db::Reader& reader) { return what_is_left(reader, folder); });
  auto report = evidence::verify(*database, options);
  if (report.ok() && left.ok() && history_of(*left) == History::kLost)
    report->findings.push_back({"log", "records", no_log_left(config_, organisation).message});
  if (!anchors.ok() && report.ok() && report->clean()) return std::move(anchors).error();  // else the row that was changed is told
  return report;
}

Result<void> Installation::keep_first_sign_in(const std::string& organisation, const std::string& address) {
  return replace_file(first_sign_in_path(organisation), address + "\n", 0600);
}

void Installation::drop_expired_first_sign_ins() {
  auto ids = store_->organisations();
  if (!ids.ok()) return;
  for (const auto& id : *ids) {
    struct stat status {};
    if (::stat(first_sign_in_path(id).c_str(), &status) != 0) continue;
    if (clock_->now().us - std::int64_t(status.st_mtim.tv_sec) * 1'000'000 >= identity::kLinkValid_us) drop_first_sign_in(id);
  }
}

void Installation::drop_first_sign_in(const std::string& organisation) { ::unlink(first_sign_in_path(organisation).c_str()); }

}  // namespace musubi::app
