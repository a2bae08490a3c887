// Definitions of indicators that an organisation makes for itself, beside those of the binary. Saved, revised and withdrawn by
// an officer, each as a record whose body is the definition; the newest row of an indicator is what counts.
//
// Any thread; no state of its own. Each act is one transaction of rows and records.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "evidence/record.h"
#include "kpi/indicator.h"
#include "kpi/rules.h"

namespace musubi::kpi {

// Record types that some module declares, by name; a definition may read others, whose records nobody writes yet.
using KnownTypes = std::map<std::string, const evidence::RecordType*, std::less<>>;

struct Definition {
  Indicator indicator;
  std::int64_t revision = 0;  // 0: part of the binary
  std::string digest;
};

// What a definition reads that nothing writes: unknown record types are remarks, unknown facts of known types faults.
struct Reading {
  std::vector<Fault> faults;
  std::vector<std::string> unwritten;  // record types
};
Reading reading_of(const IndicatorPack& pack, const KnownTypes& types);
// Beside what cannot be read the facts that no record has; of a pack that an organisation defines itself (`own`) also ids of the
// binary. Errors as those of the other read_indicators.
Result<IndicatorPack> read_indicators(std::string_view text, const KnownTypes& types, bool own);

// Those of the binary and those of this organisation that are not withdrawn, in that order, by id. With `until`: own ones as the
// first so many records of the log have them; those of the binary have no history.
inline constexpr std::uint64_t kAllRecords = INT64_MAX;
Result<std::vector<Indicator>> definitions(db::Reader& reader);
Result<std::vector<Definition>> own_definitions(db::Reader& reader, std::uint64_t until = kAllRecords);
using WantedIndicator = std::function<bool(const Indicator&)>;  // none: all
std::vector<Indicator> with_embedded(std::vector<Definition> own, const WantedIndicator& wanted = {});
const Indicator* find_indicator(const std::vector<Indicator>& all, std::string_view id);
std::string definition_digest(const Indicator& indicator);
// The definition of that digest, though it was revised or withdrawn since; nothing where there was never such a one.
Result<std::optional<Indicator>> definition_of(db::Reader& reader, std::string_view id, std::string_view digest);

struct DefinitionRevision {
  EntryKind kind = EntryKind::kEntered;
  std::int64_t revision = 0, record = 0;
  Time at;
  std::string actor;
};

struct DefinitionOutcome {
  std::vector<std::string> defined, revised;  // ids
  std::size_t unchanged = 0;
  std::string standing;  // digest over what was there before: what an officer looked at
  bool changed() const { return !defined.empty() || !revised.empty(); }
};

class Definitions {
 public:
  explicit Definitions(db::Database& database) : database_(database) {}

  // Errors: pack.faults (unknown facts; an id that the binary has), kpi.definitions_changed (Code::kConflict: `expected` is no
  // longer the standing), kpi.too_many_definitions. Indicators that the pack does not name stay.
  Result<DefinitionOutcome> import_pack(const IndicatorPack& pack, const KnownTypes& types, std::string_view actor,
                                        std::optional<std::string> expected = std::nullopt);
  Result<DefinitionOutcome> preview(const IndicatorPack& pack, const KnownTypes& types);  // the same, writing nothing
  // Errors: kpi.unknown_indicator, kpi.definition_of_binary (Code::kConflict), kpi.definitions_changed where the newest
  // revision is not `expected`.
  Result<void> withdraw(std::string_view id, std::string_view actor, std::int64_t expected);
  Result<std::vector<DefinitionRevision>> history(std::string_view id);  // newest first

 private:
  db::Database& database_;
};

std::span<const evidence::RecordType> definition_record_types();
Error unknown_indicator();
// For Plans::erase_rows: takes the texts out of the rows of those of these records that hold a definition.
Result<bool> erase_definitions(db::Transaction& tx, std::span<const std::uint64_t> records);

}  // namespace musubi::kpi
