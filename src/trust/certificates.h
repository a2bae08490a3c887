// The certificates of an organisation's own authority, published in its log: whoever holds the data can judge its stamps
// without the keys folder.
#pragma once

#include <span>
#include <string>

#include "db/transaction.h"
#include "evidence/record.h"
#include "trust/keys.h"

namespace musubi::trust {

std::span<const evidence::RecordType> record_types();

// Writes root and TSA certificate, with a record. Those published before stay.
Result<evidence::Appended> publish_certificates(db::Transaction& tx, const OrganisationKeys& keys, Time now, std::string_view actor);

// PEM blocks, newest first: of "root" or "tsa".
Result<std::string> certificates_pem(db::Reader& reader, std::string_view purpose);

}  // namespace musubi::trust
