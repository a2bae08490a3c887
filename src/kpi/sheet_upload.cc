#include "kpi/sheet_upload.h"

#include <algorithm>

#include "document/xlsx.h"
#include "http/problem.h"
#include "kpi/duty_pages.h"
#include "kpi/pack_pages.h"
#include "kpi/rs_csv.h"
#include "kpi/sheet_json.h"
#include "kpi/sheet_pages.h"
#include "kpi/sheet_state.h"
#include "kpi/sheet_words.h"
#include "kpi/sheet_xlsx.h"
#include "kpi/sheet_xlsx_read.h"
#include "kpi/store.h"
#include "web/form.h"
#include "web/messages/sheet.h"

namespace musubi::kpi {
namespace {

namespace t = web::messages;
using web::Html;
using web::Language;
using web::Markup;
using web::Tone;

std::string str(std::string_view text) { return std::string(text); }

// What an uploaded file would do to the draft.
struct Comparison {
  ReadSheet read;
  std::vector<PartEdit> edits;
  SheetMerge merge;
};

Result<Comparison> compare(const SheetAsked& asked, const std::string& sheet, const std::string& bytes) {
  document::XlsxLimits limits;
  limits.bytes = kMaxSheetFile;
  limits.cells = 200'000;
  auto book = TRY(document::read_xlsx(bytes, limits));
  MadeFrom made = TRY(read_made_from(book));
  if (made.sheet != sheet)
    return Error{Code::kInvalid,
                 "sheet_file.another_sheet",
                 {"これは別の表「" + made.sheet + "」のファイルです。その表のページからアップロードしてください。",
                  "This file is of another sheet, " + made.sheet + ". Upload it on that sheet's page."},
                 {}};
  Sheet base = TRY(asked.sheets().sheet_at(sheet, made.parts));
  Comparison out{TRY(read_sheet_workbook(book, base)), {}, {}};
  Parts before = parts_of(base), now = parts_of(out.read.sheet);
  for (const auto& part : made.parts)
    if (before[part.key] != now[part.key]) out.edits.push_back({part.key, part.revision, now[part.key]});
  if (!out.edits.empty()) out.merge = TRY(asked.sheets().preview_merge(sheet, out.edits));
  return out;
}

std::string waiting(const std::string& sheet, const std::vector<PartEdit>& edits) {
  json::array parts;
  for (const auto& edit : edits)
    parts.push_back(json::object{
        {"part", part_word(edit.part.kind)}, {"number", edit.part.number}, {"base", edit.base}, {"content", edit.edited}});
  return canonical_json(json::object{{"sheet", sheet}, {"edits", std::move(parts)}});
}

// Packs wait in the same table: what is no file of this sheet is not there.
Result<std::vector<PartEdit>> read_waiting(const std::string& text, const std::string& sheet) {
  auto value = TRY(parse_json(text, JsonLimits{text.size() + 1, 40}));
  const auto* object = value.if_object();
  const json::value *id = object ? object->if_contains("sheet") : nullptr, *edits = object ? object->if_contains("edits") : nullptr;
  if (!id || !id->is_string() || id->get_string() != sheet || !edits || !edits->is_array()) return upload_gone();
  std::vector<PartEdit> out;
  for (const auto& one : edits->get_array()) {
    const auto* edit = one.if_object();
    auto member = [&](std::string_view name) { return edit ? edit->if_contains(name) : nullptr; };
    const json::value *part = member("part"), *number = member("number"), *base = member("base"), *content = member("content");
    if (!part || !part->is_string() || !number || !number->is_string() || !base || !base->is_int64() || !content ||
        !content->is_object())
      return upload_gone();
    out.push_back({{part_from(std::string(part->get_string())).value_or(PartKind::kHeader), std::string(number->get_string())},
                   base->get_int64(),
                   content->get_object()});
  }
  return out;
}

web::Form file_form(const RouteContext& context, const http::Request& request, const SheetAsked& asked, const std::string& sheet) {
  Language l = asked.language;
  web::Form form{asked.urls.sheet(sheet) + "/upload",
                 {{web::Input::kFile, "workbook", str(t::sheet_file_label(l)), str(t::sheet_file_hint(l))}},
                 str(t::sheet_file_submit(l)),
                 context.csrf_token(request)};
  form.fields[0].accept = ".xlsx," + str(kXlsxType);
  return form;
}

Result<http::Response> draw_form(const RouteContext& context, http::Request& request, const SheetAsked& asked, Markup above,
                                 bool missing, int status) {
  Language l = asked.language;
  const std::string& id = request.parameter("sheet");
  auto state = TRY(asked.sheets().state(id, View{.drafts = true}));
  web::Page page = new_sheet_page(asked, request, t::sheet_file_title(l, {sheet_title(state->sheet.header, l)}), &state->sheet.header);
  page.lead = t::sheet_file_lead(l);
  page.has_errors = status != 200;
  web::Form form = file_form(context, request, asked, id);
  if (missing) form.fields[0].errors = {str(t::sheet_upload_missing(l))};
  Html main;
  main.markup(above)
      .raw("<p>")
      .markup(web::link(t::sheet_file_link(l), asked.urls.sheet(id) + ".xlsx"))
      .raw("</p>\n")
      .raw("<h2>")
      .text(t::sheet_file_upload(l))
      .raw("</h2>\n")
      .markup(web::form(form, l));
  page.main = main.take();
  return answer(context, request, page, status);
}

// Every fault with its cell, above the form to try again.
Result<http::Response> draw_refusal(const RouteContext& context, http::Request& request, const SheetAsked& asked, const Error& error) {
  Language l = asked.language;
  Html list;
  if (!error.faults.empty()) {
    web::Table table =
        plain_table("faults", t::sheet_file_faults(l), {{"cell", str(t::sheet_cell(l))}, {"fault", str(t::sheet_fault(l))}});
    for (const auto& fault : error.faults)
      if (table.rows.size() < web::kMaxPerPage) table.rows.push_back({{fault.where}, {web::pick(fault.message, l)}});
    table.total = table.rows.size();
    if (error.faults.size() > table.rows.size())
      list.markup(web::paragraph(t::sheet_file_shown(l, {std::int64_t(table.rows.size())})));
    list.markup(web::table(table, request.target, l));
  }
  return draw_form(context, request, asked, web::notice(web::pick(error.message, l), list.take(), Tone::kError), false,
                   http::status_of(error));
}

Markup conflict_table(const Comparison& all, const std::string& target, Language l) {
  web::Table table = plain_table("conflicts", t::sheet_conflict(l),
                                 {{"cell", str(t::sheet_cell(l))},
                                  {"part", str(t::sheet_part(l))},
                                  {"theirs", str(t::sheet_theirs(l))},
                                  {"yours", str(t::sheet_yours(l))},
                                  {"before", str(t::sheet_before(l))}});
  const Parts parts = parts_of(all.read.sheet);
  for (const auto& [part, one] : all.merge.conflicts) {
    auto found = parts.find(part);
    const std::string cell = found == parts.end() ? one.cell : by_place(found->second, one.cell);
    if (table.rows.size() < web::kMaxPerPage)
      table.rows.push_back({{cell_of(all.read, part, cell)}, {part_title(part, l)}, {one.theirs}, {one.mine}, {one.base}});
  }
  table.total = table.rows.size();
  return web::notice(t::sheet_conflict(l), web::table(table, target, l), Tone::kError);
}

Markup cell_table(const std::vector<ReadCell>& cells, const std::string& target, Language l) {
  web::Table table = plain_table("cells", t::sheet_file_cells(l),
                                 {{"cell", str(t::sheet_cell(l))},
                                  {"what", str(t::sheet_file_what(l))},
                                  {"before", str(t::sheet_file_now(l))},
                                  {"after", str(t::sheet_file_new(l))}});
  for (const auto& one : cells)
    if (table.rows.size() < web::kMaxPerPage) table.rows.push_back({{one.where}, {web::pick(one.what, l)}, {one.before}, {one.after}});
  table.total = table.rows.size();
  Html html;
  if (cells.size() > table.rows.size()) html.markup(web::paragraph(t::sheet_file_shown(l, {std::int64_t(table.rows.size())})));
  return html.markup(web::table(table, target, l)).take();
}

Result<http::Response> draw_cells(const RouteContext& context, http::Request& request, const SheetAsked& asked,
                                  const Comparison& all) {
  Language l = asked.language;
  const std::string& id = request.parameter("sheet");
  Html main;
  main.markup(web::paragraph(t::sheet_file_count(l, {std::int64_t(all.read.cells.size())})));
  if (!all.merge.meanwhile.empty()) {
    std::string parts;
    for (const auto& part : all.merge.meanwhile) parts += (parts.empty() ? "" : l == Language::ja ? "、" : ", ") + part_title(part, l);
    main.markup(web::notice(t::sheet_file_meanwhile(l, {parts}), {}, Tone::kInfo));
  }
  main.markup(cell_table(all.read.cells, request.target, l));
  Time now = context.clock.now();
  std::string upload =
      TRY(asked.database->write([&](db::Transaction& tx) { return store::keep_upload(tx, waiting(id, all.edits), now); }));
  main.markup(web::form({asked.urls.sheet(id) + "/upload/merge",
                         {hidden("upload", upload), hidden("edition", all.merge.edition_before)},
                         str(t::sheet_file_merge(l)),
                         context.csrf_token(request),
                         "post",
                         {str(t::sheet_cancel(l)), asked.urls.sheet(id) + "/upload"}},
                        l));
  web::Page page =
      new_sheet_page(asked, request, t::sheet_preview_title(l, {sheet_title(all.read.sheet.header, l)}), &all.read.sheet.header);
  page.main = main.take();
  return answer(context, request, page, 200);
}

bool is_answer(const Error& error) {
  return error.code == Code::kInvalid || error.code == Code::kConflict || error.code == Code::kTooLarge ||
         error.code == Code::kMalformed;
}

}  // namespace

Result<http::Response> sheet_file(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  http::Response response = http::bytes(TRY(sheet_xlsx(*state, asked.language)), kXlsxType);
  response.headers.add("Content-Disposition", "attachment; filename=\"" + state->sheet.header.id + ".xlsx\"");
  return std::move(response.etag_of_body().cache("no-cache"));
}

Result<http::Response> sheet_rs(const RouteContext& context, http::Request& request, bool office) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, office));
  auto state = TRY(asked.sheets().state(request.parameter("sheet"), asked.view));
  const std::string& table = request.parameter("table");
  auto bytes = rs_csv(state->sheet, table);
  if (!bytes)
    return Error{Code::kNotFound,
                 "sheet.unknown_table",
                 {"そのような表はありません。1-2、1-3、2-1、3-1、3-2、4-1 のどれかです。",
                  "There is no such table. It is 1-2, 1-3, 2-1, 3-1, 3-2 or 4-1."},
                 {}};
  return std::move(http::csv(std::move(*bytes), state->sheet.header.id + "-rs-" + table + ".csv").etag_of_body().cache("no-cache"));
}

Result<http::Response> sheet_upload_page(const RouteContext& context, http::Request& request) {
  return draw_form(context, request, TRY(read_sheet_asked(context, request, true)), {}, false, 200);
}

Result<http::Response> sheet_upload_post(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  Language l = asked.language;
  http::Form posted = TRY(request.form());
  const auto* file = posted.file("workbook");
  if (!file || file->content.empty()) return draw_form(context, request, asked, {}, true, 422);
  auto all = compare(asked, request.parameter("sheet"), file->content);
  if (!all.ok() && all.error().name == "sheet.nothing_new")
    return draw_form(context, request, asked, web::notice(t::sheet_file_nothing(l), {}, Tone::kInfo), false, 200);
  if (!all.ok() && is_answer(all.error())) return draw_refusal(context, request, asked, all.error());
  if (!all.ok()) return all.error();
  if (all->edits.empty())
    return draw_form(context, request, asked, web::notice(t::sheet_file_nothing(l), {}, Tone::kInfo), false, 200);
  if (!all->merge.conflicts.empty()) return draw_form(context, request, asked, conflict_table(*all, request.target, l), false, 409);
  return draw_cells(context, request, asked, *all);
}

Result<http::Response> sheet_upload_merge(const RouteContext& context, http::Request& request) {
  SheetAsked asked = TRY(read_sheet_asked(context, request, true));
  http::Form posted = TRY(request.form());
  const std::string& id = request.parameter("sheet");
  std::string upload(posted.get("upload", ""));
  auto edits = TRY(read_waiting(TRY(waiting_pack(*asked.database, upload, context.clock.now())), id));
  auto done =
      asked.sheets(TRY(drafting_mandate(context, request))).merge(id, edits, context.actor(request), posted.get("edition", ""));
  if (!done.ok() && is_answer(done.error())) return draw_refusal(context, request, asked, done.error());
  if (!done.ok()) return done.error();
  TRY(asked.database->write([&](db::Transaction& tx) { return store::drop_upload(tx, upload); }));
  return http::redirect(asked.urls.sheet(id));
}

}  // namespace musubi::kpi
