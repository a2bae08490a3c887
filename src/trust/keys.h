// The keys of one organisation, in `DIR/ORG/keys/`, mode 0600: `log-N.pem` (Ed25519, one or several, the highest number
// newest), `root.pem` and `root.crt` (P-256, the organisation's own authority), `tsa.pem` and `tsa.crt` (its
// time-stamps), `message.pem` and `message.crt` (its messages and its end of TLS), `seal.pem` (opens what was sealed to it),
// `origin` (the log's name), `in-use`. Made once, before the organisation's database; loaded when it opens, which also makes the
// message and seal keys in folders of before.
//
// A crash while keys are made leaves a folder without `origin`, which the next attempt completes. Private keys never
// leave this folder: not into backups, logs or pages.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/jose.h"
#include "crypto/note.h"
#include "crypto/tsp.h"
#include "crypto/x509.h"
#include "evidence/log.h"

namespace musubi::trust {

struct OrganisationKeys {
  std::string origin;
  std::vector<std::shared_ptr<crypto::NoteSigner>> log;  // newest first; the log leaves out those it does not announce
  crypto::Certificate root;
  crypto::Certificate tsa;
  std::shared_ptr<const crypto::Signer> tsa_key;
  crypto::Certificate message;                        // signed by root; for messages, challenges, notices, TLS
  std::shared_ptr<const crypto::Signer> message_key;  // P-256
  std::string message_key_file;                       // the same key, for the TLS listener
  std::shared_ptr<const crypto::OpeningKey> seal_key;

  evidence::LogKeys log_keys() const { return {log}; }
};

// "aoba.musubi.internal": by this name organisations know one another in TLS, wherever they run.
std::string message_host(const std::string& organisation);

// The organisation that a root was made for: O of its subject; empty where there is none.
std::string organisation_of(const crypto::Certificate& root);

std::string keys_folder(const std::string& directory, const std::string& organisation);

// `musubi/ORG/` and eight random letters: names no host, so that the organisation may move.
std::string default_origin(const std::string& organisation);

// Errors: trust.keys_exist, evidence.bad_origin, those of crypto and of files.
Result<OrganisationKeys> create_keys(const std::string& folder, const std::string& origin, const std::string& organisation, Time now);
// Errors: trust.keys_missing (with the folder and what to do), those of crypto.
Result<OrganisationKeys> load_keys(const std::string& folder);

// A folder whose keys have begun a log says so in the file `in-use`, written once the log's first records are durable, or when it is
// next opened: when database or records are gone later, nobody takes these keys for a second history under the same name.
Result<void> mark_in_use(const std::string& folder);
bool is_in_use(const std::string& folder);

// Keys for the new origin of a restore wait in `keys.next` until the restored database stands under its name: which of the
// two folders is good is said by the origin in the database, so that no crash between the two can mix them up. Secrets beside
// the keys (`*.secret`) go along: what the database holds was made with them.
Result<OrganisationKeys> create_next_keys(const std::string& directory, const std::string& organisation, const std::string& origin,
                                          Time now);  // replaces what an earlier attempt left there

// Brings the folder `keys` in line with the database's origin: when the keys of that origin are in `keys.next`, the others
// are set aside under a new name, `keys.before-restore-TIME-XXXX`, never used again and never overwritten, and `keys.next`
// takes their place. May be repeated after a crash. True when something was moved. Errors: file.unwritable.
Result<bool> settle_keys(const std::string& directory, const std::string& organisation, const std::string& origin, Time now);

// A further log key, in its file and not yet announced. A crash after this leaves a key that signs nothing.
Result<std::shared_ptr<crypto::NoteSigner>> add_log_key(const std::string& folder);
// Takes the key's file out of use (`log-N.pem.retired`): after the log retired it.
Result<void> shelve_log_key(const std::string& folder, const std::string& key_id);

struct KeyFile {
  std::string name;
  unsigned mode = 0;
};
Result<std::vector<KeyFile>> key_files(const std::string& folder);  // for `musubi doctor`

}  // namespace musubi::trust
