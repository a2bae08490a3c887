#include "identity/verify.h"

#include "identity/resident_store.h"

namespace musubi::identity {

Result<std::vector<evidence::Finding>> verify_derived(db::Reader& reader) {
  constexpr std::size_t kBatch = 500;
  std::vector<evidence::Finding> findings;
  std::int64_t after = 0;
  while (true) {
    auto rows = TRY(store::rows_after(reader, after, kBatch));
    for (const auto& row : rows) {
      after = row.number;
      if (!TRY(store::is_found(reader, row)))
        findings.push_back({"derived",
                            "fulltext identity_resident_search row " + std::to_string(row.number),
                            {"全文検索で住民が見つかりません。", "Full text does not find a resident."}});
    }
    if (rows.size() < kBatch) return findings;
  }
}

}  // namespace musubi::identity
