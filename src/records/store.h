// All SQL of records but the queue's, a function a statement.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/transaction.h"
#include "records/json.h"
#include "records/records.h"

namespace musubi::records::store {

inline constexpr std::string_view kSearch = "records_search";

// The next number of the fiscal year: one beyond the highest, so that an act that is undone leaves no gap.
Result<std::int64_t> next_number(db::Reader& reader, int fiscal_year);
Result<std::string> secret(db::Transaction& tx);  // made when it is not there
Result<std::optional<std::string>> known_secret(db::Reader& reader);

Result<void> put_terms(db::Transaction& tx, const Terms& terms);  // nothing where it is there
Result<std::optional<Terms>> terms(db::Reader& reader, std::string_view id);

struct CaseRow {
  Case subject;
  std::string terms, reference;
};
Result<void> put_case(db::Transaction& tx, const CaseRow& row);
Result<std::optional<CaseRow>> case_row(db::Reader& reader, std::string_view id);
Result<std::optional<std::string>> case_by_reference(db::Reader& reader, std::string_view digest);
Result<std::vector<std::string>> cases_of(db::Reader& reader, std::string_view person, std::size_t limit);

Result<void> put_applicant(db::Transaction& tx, std::string_view id, const Applicant& applicant);
Result<std::optional<Applicant>> applicant(db::Reader& reader, std::string_view id);
Result<void> put_form(db::Transaction& tx, std::string_view id, std::int64_t revision, std::string_view content, Time at);
Result<std::optional<Form>> form(db::Reader& reader, std::string_view id, std::int64_t revision);

Result<void> put_file(db::Transaction& tx, std::string_view id, std::int64_t number, std::int64_t revision, const Attachment& file);
Result<std::vector<FileEntry>> files(db::Reader& reader, std::string_view id);
Result<std::optional<Attachment>> file(db::Reader& reader, std::string_view id, std::int64_t number);
Result<void> put_message(db::Transaction& tx, std::string_view id, const Message& message);
Result<std::vector<Message>> messages(db::Reader& reader, std::string_view id);

Result<void> put_notice(db::Transaction& tx, const Notice& notice);
Result<std::optional<Notice>> notice(db::Reader& reader, std::string_view code);
Result<std::vector<Notice>> notices(db::Reader& reader, std::string_view id);

// The text that finds a case; empty takes it out of the index.
// What index_case gives to full text.
std::vector<std::string> indexed_words(std::int64_t number, const Text& title, std::string_view procedure, const Applicant& applicant);
Result<void> index_case(db::Transaction& tx, std::int64_t number, const Text& title, std::string_view procedure,
                        const Applicant& applicant);
std::vector<db::Reader::Phrase> phrases_of(std::string_view text);                                       // as an officer asks for it
Result<std::vector<std::int64_t>> search(db::Reader& reader, std::string_view text, std::size_t limit);  // newest first
Result<void> empty_index(db::Transaction& tx, std::int64_t number);

}  // namespace musubi::records::store
