#include "identity/verify.h"

#include <algorithm>

#include "db/stored_texts.h"
#include "db/unfound.h"
#include "identity/resident_store.h"

namespace musubi::identity {

Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader) {
  constexpr std::size_t kBatch = 500;
  db::Unfound unfound(reader, store::kSearch);
  db::StoredTexts stored(reader, store::kSearch);
  std::int64_t after = 0;
  for (bool more = true; more;) {
    auto rows = TRY(store::rows_after(reader, after, kBatch));
    const std::int64_t before = after;
    for (const auto& row : rows) {
      after = std::max(after, row.number);  // where an index lies, rows come in any order
      const db::Reader::Phrase all{store::indexed_words(row.resident), false};
      TRY(unfound.expect(row.number, std::span(&all, 1)));
      TRY(stored.expect(row.number, all.tokens));
    }
    more = rows.size() == kBatch && after > before;
  }
  std::vector<evidence::Finding> findings;
  const auto not_found = TRY(unfound.rows());
  for (auto number : not_found)
    findings.push_back({"derived",
                        "fulltext identity_resident_search row " + std::to_string(number),
                        {"全文検索で住民が見つかりません。", "Full text does not find a resident."}});
  for (auto number : TRY(stored.unlike(not_found)))
    findings.push_back(
        {"derived",
         "fulltext identity_resident_search row " + std::to_string(number) + " (words)",
         {"全文検索に残る語が住民の記載と違います。", "The words that full text keeps are not those of the resident."}});
  return findings;
}

}  // namespace musubi::identity
