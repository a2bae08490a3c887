// What is gathered for formulas, out of one pass over heads for all of them. Pure: heads in the order of the log go in, cells come
// out; what a pass that begins in the middle must know of before it asks its Past. The same heads give the same cells however
// the log is cut into passes.
//
// Every kSmallCell-th record releases what came since the last release: the public sees released cells only, so that two
// publications never differ by the act of one person.
//
// Owner: one thread. Memory: a cell for each different month, part and bucket, an entry for each open pair.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "kpi/cell_table.h"
#include "kpi/cells.h"
#include "kpi/head_facts.h"
#include "kpi/indicator.h"
#include "kpi/pair_table.h"
#include "kpi/part_names.h"
#include "kpi/past.h"

namespace musubi::kpi {

// Cells of fewer records than this are not shown where an indicator counts acts of persons.
inline constexpr std::int64_t kSmallCell = 5;
// Facts beyond this (8.8 trillion) are taken for damage and not counted: sums stay within 64 bits.
inline constexpr std::int64_t kLargestFact = std::int64_t(1) << 43;

enum Side : std::uint8_t { kOf, kTo, kOpen };
inline constexpr std::array<std::string_view, 3> kSideNames = {".of", ".to", ".open"};

class Stock {
 public:
  // `from`: index of the first record that was not gathered yet; `until`: of the first that shall not be. `held`: what an
  // earlier pass left unreleased.
  Stock(Formula formula, std::uint64_t from, std::uint64_t until, const CellsBySeries& held, PartNames& parts, PairTable& pairs);

  const Formula& formula() const { return formula_; }
  const std::string& id() const { return id_; }
  std::uint64_t from() const { return from_; }
  bool wants(std::uint64_t index) const { return index >= from_ && index < until_; }
  CellsBySeries released() const;  // of this pass, without what was stored before it
  CellsBySeries held() const;      // all that is not released
  // Pairs that this pass found open or, with nothing, closed.
  std::map<std::string, std::optional<OpenPair>> pairs() const;
  bool touched() const { return touched_; }

 private:
  friend class Gatherer;
  struct Amounts {
    std::int64_t n = 0, total = 0;
  };
  struct Contribution {
    Side side;
    std::uint64_t key;
    Amounts amounts;
  };
  void count(Side side, int month, std::uint32_t part, std::int64_t bucket, Amounts amounts);
  void release();
  CellKey key_of(std::uint64_t packed) const;
  // Of the stream that `pairs_` looks at: kOpen or kUnknown.
  Result<PairTable::Pair> open_pair(std::string_view stream, Past& past);

  Formula formula_;
  std::string id_;
  std::uint64_t from_, until_;
  PartNames& parts_;
  CellTable cells_[3];
  std::vector<Contribution> held_;
  std::int64_t held_records_ = 0;
  PairTable& pairs_;
  std::size_t slot_ = 0;  // in pairs_
  bool touched_ = false;
};

class Gatherer {
 public:
  explicit Gatherer(Past& past) : past_(past) {}
  Stock& add(Formula formula, std::uint64_t from, std::uint64_t until, const CellsBySeries& held);
  Result<void> see(const SeenHead& head);
  // Told of every record that is counted, pairs by the one that ends them; kOpen with 1 for one that begins a pair, with -1
  // where that pair ended.
  using Watch = std::function<void(const SeenHead&, Side, int month, const std::string& part, int n)>;
  void watch(Watch watch) { watch_ = std::move(watch); }
  const std::vector<std::unique_ptr<Stock>>& stocks() const { return stocks_; }

 private:
  enum class Role : std::uint8_t { kOf, kTo, kEnd, kStart };
  struct Use {
    Stock* stock;
    Role role;
    const Series* series;
    std::vector<std::pair<std::size_t, const FactValue*>> conditions;  // slot, wanted
    std::size_t group = 0;                                             // of parts
    std::size_t fact = SIZE_MAX, month = SIZE_MAX;
  };
  struct PartGroup {  // uses that are parted by the same facts
    std::vector<std::size_t> slots;
    std::optional<std::uint32_t> id;  // for the record at hand, once it was asked for
  };
  struct TypePlan {
    std::vector<std::string> names;
    std::vector<FactSlot> slots;
    std::vector<PartGroup> groups;
    std::vector<Use> uses;
    std::size_t slot(const std::string& name);
    std::size_t group(std::vector<std::size_t> slots);
  };
  void plan(Stock& stock, const Series& series, Role role);
  void count_record(const Use& use, TypePlan& plan, const SeenHead& head);
  Result<void> end_pair(const Use& use, TypePlan& plan, const SeenHead& head);
  Result<void> start_pair(const Use& use, TypePlan& plan, const SeenHead& head);
  void count(Stock& stock, const SeenHead& head, Side side, int month, std::uint32_t part, std::int64_t bucket,
             Stock::Amounts amounts);
  std::uint32_t part_of(const Use& use, TypePlan& plan);
  int month(const Use& use, const TypePlan& plan, Time at);

  Past& past_;
  Watch watch_;
  PartNames parts_;
  PairTable pairs_;
  std::vector<std::unique_ptr<Stock>> stocks_;
  ByText<TypePlan> plans_;
  std::pair<const std::string, TypePlan>* last_ = nullptr;
  std::string part_;
  int month_ = 0;  // of the newest record, and its bounds
  std::int64_t month_from_us_ = 0, month_until_us_ = 0;
};

// Whether the facts meet every condition; for the records behind a figure, one at a time.
bool meets(std::string_view head, const std::vector<Condition>& conditions);

}  // namespace musubi::kpi
