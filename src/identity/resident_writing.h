// How entries of the register are written: what every change of a row shares. Private to identity; in residents.cc.
#pragma once

#include <string>
#include <string_view>

#include "identity/resident_store.h"

namespace musubi::identity {

std::string resident_stream(std::string_view code);
Error bad_resident(std::vector<Fault> faults);
// The row of somebody who lives here. Errors: identity.unknown_resident, identity.not_present.
Result<store::ResidentRow> present(db::Reader& reader, std::string_view code);
// Row and record. The body holds the whole new entry, so that the stream alone tells the person's history; `more` joins it.
Result<void> put_changed(db::Transaction& tx, const store::ResidentRow& row, bool index, std::string_view type, json::object facts,
                         std::string_view actor, json::object more = {});
Result<void> close_address(db::Transaction& tx, std::string_view code, text::Date day);
// A household whose head is gone gets its eldest member as head.
Result<void> replace_head(db::Transaction& tx, std::string_view household, std::string_view actor);

}  // namespace musubi::identity
