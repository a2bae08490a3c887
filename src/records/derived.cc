// Erasure of applicants, and full text held against the rows or made anew from them.
#include <algorithm>
#include <map>

#include "db/stored_texts.h"
#include "db/unfound.h"
#include "records/work.h"

namespace musubi::records {
namespace {

constexpr std::size_t kBatch = 500;

// Every case in order of number.
Result<void> each_case(db::Reader& reader, const std::function<Result<void>(const std::string& id, std::int64_t number)>& each) {
  std::int64_t from = 0;
  while (true) {
    auto rows = TRY(
        reader.query("SELECT id, number FROM records_case WHERE number > $1 ORDER BY number LIMIT $2", {from, std::int64_t(kBatch)}));
    const std::int64_t before = from;
    for (const auto& row : rows) {
      from = std::max(from, row.integer(1));  // where an index lies, rows come in any order
      TRY(each(row.text(0), row.integer(1)));
    }
    if (rows.size() < kBatch || from == before) return {};
  }
}

Result<void> empty_rows(db::Transaction& tx, const store::CaseRow& row) {
  const Case& c = row.subject;
  TRY(store::put_applicant(tx, c.id, Applicant{}));
  TRY(store::empty_index(tx, c.fiscal_year * kYear + c.serial));
  for (std::int64_t revision = 1; revision <= c.form_revision; ++revision)
    if (auto form = TRY(store::form(tx, c.id, revision))) TRY(store::put_form(tx, c.id, revision, "", form->at));
  for (const auto& file : TRY(store::files(tx, c.id))) TRY(tx.remove("records_file", {c.id, file.number}));
  for (auto message : TRY(store::messages(tx, c.id))) {
    message.text.clear();
    TRY(store::put_message(tx, c.id, message));
  }
  for (auto notice : TRY(store::notices(tx, c.id))) {
    notice.document.reset();
    TRY(store::put_notice(tx, notice));
  }
  return evidence::forget_requests(tx, "records/" + c.id + "/");
}

}  // namespace

Result<std::vector<std::string>> erase_applicants(db::Transaction& tx, std::span<const std::uint64_t> records) {
  bool any = false;
  for (auto index : records) {
    auto record = TRY(evidence::find_record(tx, index));
    if (!record || record->type != type_of(kOpened).name) continue;
    if (auto row = TRY(store::case_row(tx, std::string_view(record->stream).substr(case_stream("").size())))) {
      TRY(empty_rows(tx, *row));
      any = true;
    }
  }
  if (!any) return std::vector<std::string>();
  return std::vector<std::string>{"records_applicant", "records_form",   "records_file",
                                  "records_message",   "records_notice", "evidence_idempotency"};
}

Result<void> erase_applicants_again(db::Transaction& tx, std::string_view actor) {
  std::uint64_t from = 0;
  while (true) {
    auto records = TRY(evidence::read_records(tx, from, 1000, type_of(kOpened).name));
    for (const auto& record : records) {
      from = record.index + 1;
      if (record.body) continue;
      auto row = TRY(store::case_row(tx, std::string_view(record.stream).substr(case_stream("").size())));
      if (!row || TRY(store::applicant(tx, row->subject.id)).value_or(Applicant{}).person.empty()) continue;
      TRY(empty_rows(tx, *row));
      TRY(evidence::append(tx, {.type = type_of(kErased),
                                .stream = "records/erased",
                                .actor = std::string(actor),
                                .facts = {{"procedure", row->subject.procedure}}}));
    }
    if (records.size() < 1000) return {};
  }
}

Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader) {
  db::Unfound unfound(reader, store::kSearch);
  db::StoredTexts stored(reader, store::kSearch);
  std::map<std::int64_t, std::string> ids;
  TRY(each_case(reader, [&](const std::string& id, std::int64_t number) -> Result<void> {
    auto applicant = TRY(store::applicant(reader, id));
    if (!applicant || applicant->erased) return {};
    ids.emplace(number, id);
    if (auto row = TRY(store::case_row(reader, id)))
      TRY(stored.expect(number, store::indexed_words(number, row->subject.title, row->subject.procedure, *applicant)));
    // All that is indexed at once: a word that is gone hides the case from whoever asks for it.
    return unfound.expect(number, store::phrases_of(case_id(number) + " " + applicant->name + " " + applicant->kana));
  }));
  std::vector<evidence::Finding> findings;
  const auto not_found = TRY(unfound.rows());
  for (auto number : not_found)
    findings.push_back(
        {"derived",
         "fulltext records_search row " + std::to_string(number),
         {"全文検索で案件 " + ids[number] + " が見つかりません。", "Full text does not find case " + ids[number] + "."}});
  for (auto number : TRY(stored.unlike(not_found)))
    findings.push_back({"derived",
                        "fulltext records_search row " + std::to_string(number) + " (words)",
                        {"全文検索に残る語が案件の内容と違います。", "The words that full text keeps are not those of the case."}});
  return findings;
}

Result<std::size_t> rebuild_derived(db::Transaction& tx) {
  std::size_t count = 0;
  TRY(each_case(tx, [&](const std::string& id, std::int64_t number) -> Result<void> {
    auto row = TRY(store::case_row(tx, id));
    auto applicant = TRY(store::applicant(tx, id));
    TRY(store::empty_index(tx, number));
    if (!row || !applicant || applicant->erased) return {};
    ++count;
    return store::index_case(tx, number, row->subject.title, row->subject.procedure, *applicant);
  }));
  return count;
}

}  // namespace musubi::records
