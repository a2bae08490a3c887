// Databases that count what is asked of them, for the tests of what reading costs.
#pragma once

#include "kpi/kpi_test_support.h"

namespace musubi::kpi {

// Another reader or transaction, whose statements are counted by what they say.
template <class Of>
class Counting : public Of {
 public:
  Counting(Of& inner, std::string_view words, int& asked) : inner_(inner), words_(words), asked_(asked) {}
  Result<db::Rows> query(std::string_view sql, db::Parameters parameters) override {
    see(sql);
    return inner_.query(sql, parameters);
  }
  Result<void> scan(std::string_view sql, db::Parameters parameters,
                    const std::function<Result<void>(const db::Row&)>& each) override {
    see(sql);
    return inner_.scan(sql, parameters, each);
  }
  Result<std::vector<std::int64_t>> search(std::string_view index, std::span<const db::Reader::Phrase> phrases,
                                           std::size_t limit) override {
    ++asked_;
    return inner_.search(index, phrases, limit);
  }

 protected:
  Of& inner_;

 private:
  void see(std::string_view sql) { asked_ += sql.find(words_) != sql.npos; }

  std::string_view words_;
  int& asked_;
};

class CountingTransaction final : public Counting<db::Transaction> {
 public:
  using Counting::Counting;
  Result<std::int64_t> execute(std::string_view sql, db::Parameters parameters) override { return inner_.execute(sql, parameters); }
  Result<void> put(std::string_view table, std::span<const db::Column> columns) override { return inner_.put(table, columns); }
  Result<void> remove(std::string_view table, std::span<const db::Value> key) override { return inner_.remove(table, key); }
  Result<void> index_text(std::string_view index, std::int64_t row_id, std::span<const std::string> tokens) override {
    return inner_.index_text(index, row_id, tokens);
  }
  Result<void> unindex_text(std::string_view index, std::int64_t row_id) override { return inner_.unindex_text(index, row_id); }
  db::CommitListener* listener() override { return inner_.listener(); }
  const db::Schema& schema() const override { return inner_.schema(); }
};

// Counts the statements that hold these words, of reads and of writes.
class Counted final : public Forwarding {
 public:
  explicit Counted(db::Database& inner, std::string_view words = "") : Forwarding(inner), words_(words) {}
  int asked = 0, in_writes = 0;

 private:
  Result<void> read_erased(std::function<Result<void>(db::Reader&)> closure) override {
    return inner_.read([&](db::Reader& reader) -> Result<void> {
      Counting<db::Reader> counting(reader, words_, asked);
      return closure(counting);
    });
  }
  Result<void> write_erased(std::function<Result<void>(db::Transaction&)> closure) override {
    return inner_.write([&](db::Transaction& tx) -> Result<void> {
      CountingTransaction counting(tx, words_, in_writes);
      return closure(counting);
    });
  }

  std::string_view words_;
};

inline constexpr std::string_view kPassOverTheLog = "FROM evidence_record WHERE idx >= $1 AND idx < $2";

}  // namespace musubi::kpi
