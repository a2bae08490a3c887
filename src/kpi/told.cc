#include "kpi/told.h"

#include <map>

#include "base/guarded.h"
#include "kpi/report_days.h"

namespace musubi::kpi {
namespace {

struct Read {
  SharedTold told;  // nothing: it cannot be read
  std::size_t bytes = 0;
};

// What was read of the newest report of each organisation. An organisation's reports are told apart by when they were made: each is
// later than the one before. Another store that bears the same name (a restored one, opened anew) begins afresh.
class Memory {
 public:
  std::optional<Read> find(const std::shared_ptr<db::Database>& of, const NewestReport& report) {
    return held_.with([&](Held& held) -> std::optional<Read> {
      const ByOrganisation& all = opened(held, of).reports;
      auto found = all.find(report.organisation);
      return found == all.end() || found->second.at != report.at ? std::nullopt : std::optional(found->second.read);
    });
  }
  void keep(const std::shared_ptr<db::Database>& of, const NewestReport& report, const Read& read) {
    held_.with([&](Held& held) {
      ByOrganisation& all = opened(held, of).reports;
      if (auto before = all.find(report.organisation); before != all.end()) {
        held.bytes -= before->second.read.bytes;
        all.erase(before);
      }
      drop_closed(held);
      if (held.bytes + read.bytes > kToldBytes) return;
      held.bytes += read.bytes;
      all.emplace(report.organisation, Entry{report.at, read});
    });
  }

 private:
  struct Entry {
    Time at;
    Read read;
  };
  using ByOrganisation = std::map<std::string, Entry>;
  struct Store {
    std::weak_ptr<db::Database> database;
    ByOrganisation reports;
  };
  struct Held {
    std::map<std::string, Store> stores;  // by the organisation that keeps the reports
    std::size_t bytes = 0;
  };
  static Store& opened(Held& held, const std::shared_ptr<db::Database>& of) {
    Store& store = held.stores[of->organisation()];
    // Compared without a reference of its own, which may be the last one: no store is closed under the lock.
    if (store.database.owner_before(of) || of.owner_before(store.database)) {
      held.bytes -= bytes_of(store);
      store = Store{of, {}};
    }
    return store;
  }
  static void drop_closed(Held& held) {
    std::erase_if(held.stores, [&](const auto& one) {
      if (!one.second.database.expired()) return false;
      held.bytes -= bytes_of(one.second);
      return true;
    });
  }
  static std::size_t bytes_of(const Store& store) {
    std::size_t bytes = 0;
    for (const auto& [organisation, entry] : store.reports) bytes += entry.read.bytes;
    return bytes;
  }

  Guarded<Held> held_;
};
Memory& memory() {
  static Memory all;
  return all;
}

Result<Read> read_told(const std::string& organisation, const Text& title, std::string_view content) {
  Read out;
  json::object members;
  for (auto member : {"at", "plans", "processes", "sheets"})
    if (auto text = member_text(content, member); !text.empty()) {
      out.bytes += text.size();
      members[member] = TRY(parse_json(text, JsonLimits{kKeptBytes, kReportDepth}));
    }
  Report report = TRY(read_members(json::value(std::move(members))));
  report.organisation = organisation;
  report.title = title;
  auto told = std::make_shared<Told>();
  *told = {organisation, title, report.at, std::move(report.plans), std::move(report.processes), {}};
  std::vector<Report> one;
  one.push_back(std::move(report));
  told->sheets = other_sheets(std::move(one), "");
  out.told = std::move(told);
  return out;
}

}  // namespace

Result<std::vector<SharedTold>> all_told(const std::shared_ptr<db::Database>& database, std::optional<text::Date> day) {
  return database->read([&](db::Reader& reader) -> Result<std::vector<SharedTold>> {
    std::vector<SharedTold> out;
    if (day) {
      TRY(each_report(reader, day, [&](const KeptReport& kept) -> Result<void> {
        auto read = read_told(kept.organisation, kept.title, kept.content);
        if (!read.ok()) return unreadable(kept.organisation, kept.content, read.error());
        out.push_back(std::move(read->told));
        return {};
      }));
      return out;
    }
    for (const auto& report : TRY(newest_reports(reader))) {
      auto known = memory().find(database, report);
      if (!known) {
        const std::string content = TRY(newest_content(reader, report.organisation));
        auto read = read_told(report.organisation, report.title, content);
        if (!read.ok()) (void)unreadable(report.organisation, content, read.error());
        known = read.ok() ? std::move(*read) : Read{};
        memory().keep(database, report, *known);
      }
      if (known->told) out.push_back(std::move(known->told));
    }
    return out;
  });
}

}  // namespace musubi::kpi
