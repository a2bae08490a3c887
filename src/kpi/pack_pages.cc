#include "kpi/pack_pages.h"

#include "kpi/store.h"
#include "web/messages/kpi.h"

namespace musubi::kpi {

namespace t = web::messages;

web::Form pack_form(std::string action, const PackWords& words, std::string text, std::string csrf_token) {
  web::Field file{web::Input::kFile, "pack", std::string(words.file), std::string(words.file_hint)};
  file.required = false;
  file.accept = "application/json,.json";
  web::Field typed{web::Input::kTextarea, "text", std::string(words.text), std::string(words.text_hint), {std::move(text)}};
  typed.required = false;
  typed.rows = 16;
  return {std::move(action), {std::move(file), std::move(typed)}, std::string(words.submit), std::move(csrf_token)};
}

std::string posted_pack_text(const http::Form& posted) {
  if (const auto* file = posted.file("pack"); file && !file->content.empty()) return file->content;
  return std::string(posted.get("text", ""));
}

web::Table pack_faults_table(const PackCheck& check, web::Language l) {
  web::Table table{{"faults",
                    std::string(t::kpi_fault(l)),
                    {{"fault", std::string(t::kpi_fault(l))},
                     {"line", std::string(t::kpi_line(l)), web::Kind::kNumber},
                     {"place", std::string(t::kpi_place(l))}}}};
  for (const auto& fault : check.faults)
    table.rows.push_back({{web::pick(fault.message, l)}, {std::to_string(fault.line)}, {fault.pointer}});
  table.total = table.rows.size();
  table.query.per_page = web::kMaxPerPage;
  return table;
}

Error upload_gone() {
  return Error{Code::kNotFound,
               "plan.upload_gone",
               {"読み込みの途中のファイルがありません（1日で消えます）。もう一度ファイルを選んでください。",
                "The uploaded file is no longer there (it is kept for a day). Choose the file again."},
               {}};
}

Result<std::string> waiting_pack(db::Database& database, std::string_view id, Time now) {
  auto text = TRY(database.read([&](db::Reader& reader) { return store::upload(reader, id, now); }));
  if (!text) return upload_gone();
  return std::move(*text);
}

}  // namespace musubi::kpi
