// What officers' pages that take a pack share: the form, the text that was posted, its faults as a table, and the pack that waits for
// its confirmation. Private to kpi.
#pragma once

#include <string>
#include <string_view>

#include "db/database.h"
#include "http/request.h"
#include "kpi/pack.h"
#include "web/form.h"
#include "web/table.h"

namespace musubi::kpi {

inline web::Field hidden(std::string name, std::string value) {
  return {web::Input::kHidden, std::move(name), "", "", {std::move(value)}};
}

struct PackWords {
  std::string_view file, file_hint, text, text_hint, submit;
};
// A file "pack" to choose, or a "text" to write; either will do.
web::Form pack_form(std::string action, const PackWords& words, std::string text, std::string csrf_token);
std::string posted_pack_text(const http::Form& posted);  // the file where one was chosen

web::Table pack_faults_table(const PackCheck& check, web::Language language);

// Errors: plan.upload_gone (nothing of that id waits, or no longer).
Result<std::string> waiting_pack(db::Database& database, std::string_view id, Time now);
Error upload_gone();

}  // namespace musubi::kpi
