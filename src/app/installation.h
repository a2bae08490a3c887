// Installation: the data directory with everything that stands on it, made by hand and in order: schema, store, keys,
// logs. Commands and the server use the same one.
//
// Owner: the command that opened it. Threads: any. Crash: each act is a transaction of its own; making an organisation
// goes keys, database, first records, and begins again where it stopped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "db/store.h"
#include "evidence/record.h"
#include "evidence/verify.h"
#include "identity/identity.h"
#include "trust/keys.h"

namespace musubi::app {

enum class Opening {
  kServe,  // takes the directory's lock: one process at a time
  kRead,   // beside a running server: nothing is written, no keys are read
};

using KeysPointer = std::shared_ptr<const trust::OrganisationKeys>;

struct NewOrganisation {
  std::string id;
  identity::Organisation organisation;
  std::string origin;         // empty: trust::default_origin
  std::string administrator;  // name of the first one
  std::string actor = "operator";
};

struct FirstAdministrator {
  identity::Officer officer;
  std::string token;  // of the one-time link
};

// The steps of a restore, in order. A cut after any of them leaves either no organisation of the name (the same command
// then begins anew) or the whole restored one.
enum class RestoreStep { kCopied, kKeysMade, kOpened, kAccessEnding, kErased, kKept, kPublished, kKeysSettled };

struct RestoreOrder {
  std::string id, backup;
  std::string actor = "operator";
  std::function<void(RestoreStep)> reached = [](RestoreStep) {};  // tests cut the power here
};

class Installation {
 public:
  // Errors: app.busy (another process serves this directory: its pid, and what to do), those of the store.
  // `clock`: another than the system's, for the maker of demo towns; outlives the installation.
  static Result<std::unique_ptr<Installation>> open(const Config& config, Opening opening, Clock* clock = nullptr);

  db::Store& store() { return *store_; }
  Clock& clock() { return *clock_; }
  const Config& config() const { return config_; }
  std::string folder(const std::string& organisation) const { return config_.data + "/" + organisation; }

  Result<KeysPointer> keys(const std::string& organisation);  // loaded once
  void forget_keys(const std::string& organisation);          // after a rotation

  // Errors: org.bad_id, org.reserved, org.exists, those of trust, identity and evidence.
  Result<FirstAdministrator> create_organisation(const NewOrganisation& wanted);
  // Does all of it in a hidden copy, with the keys of the new origin beside the old ones, and publishes the copy as the last
  // step. Errors: restore.no_file, org.exists, restore.no_log, those of the store, trust and evidence. Returns how many bodies the
  // erasure list took out again.
  Result<std::size_t> restore_organisation(const RestoreOrder& order);

  // Erases bodies, and what the modules hold of them, and keeps a checkpoint. Errors: those of evidence::erase.
  Result<evidence::Appended> erase(const std::string& organisation, std::vector<std::uint64_t> records, const std::string& ground,
                                   const std::string& actor);

  // What an organisation is and how it is called. Where that cannot be read: of no kind, and called by its id.
  identity::Organisation about(const std::string& organisation);
  Text title(const std::string& organisation) { return about(organisation).title; }

  // Whole check of one organisation, with stamps held against its own authority and derived tables compared.
  Result<evidence::VerifyReport> verify(const std::string& organisation, evidence::VerifyOptions options);

  std::string erasure_list(const std::string& organisation) const { return folder(organisation) + "/erasures.jsonl"; }

  // `ORG/first-sign-in.txt`, mode 0600: stands until somebody signed in or the link in it has expired.
  std::string first_sign_in_path(const std::string& organisation) const { return folder(organisation) + "/first-sign-in.txt"; }
  Result<void> keep_first_sign_in(const std::string& organisation, const std::string& address);
  void drop_first_sign_in(const std::string& organisation);
  void drop_expired_first_sign_ins();  // of all organisations

 private:
  explicit Installation(Config config) : config_(std::move(config)) {}

  Config config_;
  SystemClock system_clock_;
  Clock* clock_ = &system_clock_;
  Guarded<std::map<std::string, KeysPointer>> keys_;
  Guarded<std::map<std::string, identity::Organisation>> about_;
  std::unique_ptr<db::Store> store_;  // last: its listeners use what stands above
};

// Every record type that any module writes, by name.
const std::map<std::string, const evidence::RecordType*, std::less<>>& record_types();

}  // namespace musubi::app
