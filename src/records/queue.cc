#include "records/queue.h"

#include <algorithm>
#include <map>

#include "records/rules.h"
#include "records/store.h"

namespace musubi::records {
namespace {

constexpr std::string_view kColumns =
    "number, procedure, terms, state, step, post, officer, proposal, version, filed_at, step_at, due_at, closed_at";
constexpr std::string_view kWords[] = {"mine", "unclaimed", "team", "overdue", "open", "closed"};

// SQL with numbered parameters, built from fixed pieces.
class Statement {
 public:
  std::string sql;
  std::vector<db::Value> values;
  std::string parameter(db::Value value) {
    values.push_back(std::move(value));
    return "$" + std::to_string(values.size());
  }
};

bool by_post(QueueView view) { return view == QueueView::kUnclaimed || view == QueueView::kTeam || view == QueueView::kOverdue; }

// The literals `open = 1` and `open = 0` choose the partial indexes.
std::string where_of(Statement& s, const QueueQuery& query, const std::string& post) {
  std::string where = query.view == QueueView::kClosed ? "open = 0" : "open = 1";
  if (by_post(query.view)) where += " AND post = " + s.parameter(post);
  if (query.view == QueueView::kMine) where += " AND officer = " + s.parameter(query.officer);
  if (query.view == QueueView::kUnclaimed) where += " AND officer = '' AND state <> 'returned'";
  if (query.view == QueueView::kOverdue) where += " AND due_at < " + s.parameter(query.now.us) + " AND state <> 'returned'";
  if (!query.procedure.empty()) where += " AND procedure = " + s.parameter(query.procedure);
  return where;
}

std::vector<std::string> posts_asked(const QueueQuery& query) {
  if (!by_post(query.view)) return {""};
  std::vector<std::string> posts = query.posts;
  std::sort(posts.begin(), posts.end());
  posts.erase(std::unique(posts.begin(), posts.end()), posts.end());
  if (posts.size() > 100) posts.resize(100);
  return posts;
}

std::string order_of(const QueueQuery& query) {
  std::string down = query.descending ? " DESC" : "";
  if (query.sort == QueueSort::kNumber) return " ORDER BY number" + down;
  return std::string(" ORDER BY ") + (query.view == QueueView::kClosed ? "closed_at" : "due_at") + down + ", number" + down;
}

// One post's cases come sorted from its index; several are merged from as many rows as the page can need.
Statement page_of(const QueueQuery& query) {
  Statement s;
  std::int64_t first = std::int64_t(query.page - 1) * query.per_page;
  auto posts = posts_asked(query);
  std::string each = std::to_string(first + query.per_page);
  for (std::size_t i = 0; i < posts.size(); ++i) {
    if (i) s.sql += " UNION ALL ";
    s.sql += "SELECT * FROM (SELECT " + std::string(kColumns) + " FROM records_case WHERE " + where_of(s, query, posts[i]) +
             order_of(query) + " LIMIT " + each + ") AS part" + std::to_string(i);
  }
  s.sql = "SELECT * FROM (" + s.sql + ") AS parts" + order_of(query) + " LIMIT " + std::to_string(query.per_page) + " OFFSET " +
          std::to_string(first);
  return s;
}

Result<std::uint64_t> count(db::Reader& reader, const QueueQuery& query) {
  std::uint64_t total = 0;
  for (const auto& post : posts_asked(query)) {
    Statement s;
    s.sql = "SELECT count(*) FROM records_case WHERE " + where_of(s, query, post);
    total += std::uint64_t(TRY(reader.query(s.sql, s.values))[0].integer(0));
  }
  return total;
}

// Terms are few and shared: each is read once a page.
class Lines {
 public:
  Lines(db::Reader& reader, Time now) : reader_(reader), now_(now) {}

  Result<Line> line(const db::Row& row) {
    const std::string& id = row.text(2);
    if (!terms_.contains(id)) {
      auto found = TRY(store::terms(reader_, id));
      if (!found)
        return Error{Code::kCorrupt,
                     "records.damaged",
                     {"案件の行が読めません。管理者に musubi verify を頼んでください。",
                      "A case cannot be read. Ask the administrator to run musubi verify."},
                     {}};
      terms_.emplace(id, std::move(*found));
    }
    const Terms& terms = terms_.at(id);
    Line line;
    line.number = row.integer(0);
    line.id = case_id(line.number);
    line.procedure = row.text(1);
    line.title = terms.title;
    line.state = state_from(row.text(3)).value_or(State::kReceived);
    auto step = std::size_t(row.integer(4));
    if (step < terms.route.size()) line.step = terms.route[step].title;
    line.post = row.text(5);
    line.officer = row.text(6);
    line.proposal = row.text(7);
    line.version = row.integer(8);
    line.filed_at = Time{row.integer(9)};
    line.step_at = Time{row.integer(10)};
    if (row.integer(11) != kNotDue_us) line.due_at = Time{row.integer(11)};
    if (auto at = row.maybe_integer(12)) line.closed_at = Time{*at};
    line.overdue = is_open(line.state) && line.state != State::kReturned && line.due_at && *line.due_at < now_;
    return line;
  }
  // Of a row whose line was read.
  bool passes(const db::Row& row, const std::vector<std::string>& posts) const {
    const auto& route = terms_.at(row.text(2)).route;
    return std::any_of(route.begin(), route.end(), [&](const Step& step) { return holds(posts, step.post); });
  }

 private:
  db::Reader& reader_;
  Time now_;
  std::map<std::string, Terms> terms_;
};

bool in_view(const Line& line, const QueueQuery& query) {
  if (!query.procedure.empty() && line.procedure != query.procedure) return false;
  bool open = is_open(line.state), team = holds(query.posts, line.post);
  switch (query.view) {
    case QueueView::kMine: return open && line.officer == query.officer;
    case QueueView::kUnclaimed: return open && team && line.officer.empty() && line.state != State::kReturned;
    case QueueView::kTeam: return open && team;
    case QueueView::kOverdue: return team && line.overdue;
    case QueueView::kOpen: return open;
    case QueueView::kClosed: break;
  }
  return !open;
}

Result<QueuePage> search(db::Reader& reader, const QueueQuery& query) {
  auto hits = TRY(store::search(reader, query.text, kHits + 1));
  QueuePage page;
  page.cut = hits.size() > kHits;
  if (page.cut) hits.resize(kHits);
  Lines lines(reader, query.now);
  std::vector<Line> all;
  for (std::int64_t number : hits) {
    auto rows = TRY(reader.query("SELECT " + std::string(kColumns) + " FROM records_case WHERE number = $1", {number}));
    if (rows.empty()) continue;
    Line line = TRY(lines.line(rows[0]));
    bool own = line.officer == query.officer && is_open(line.state);
    if (query.readable && !own && !lines.passes(rows[0], *query.readable)) continue;
    if (in_view(line, query)) all.push_back(std::move(line));
  }
  auto key = [&](const Line& line) {
    std::int64_t first = query.sort == QueueSort::kNumber   ? 0
                         : query.view == QueueView::kClosed ? line.closed_at.value_or(Time{}).us
                                                            : line.due_at.value_or(Time{kNotDue_us}).us;
    return std::pair(first, line.number);
  };
  std::sort(all.begin(), all.end(),
            [&](const Line& a, const Line& b) { return query.descending ? key(b) < key(a) : key(a) < key(b); });
  page.total = all.size();
  std::size_t first = std::min<std::size_t>(all.size(), std::size_t(query.page - 1) * query.per_page);
  for (std::size_t i = first; i < std::min<std::size_t>(all.size(), first + query.per_page); ++i) {
    auto applicant = TRY(store::applicant(reader, all[i].id));
    all[i].name = applicant ? applicant->name : std::string();
    page.lines.push_back(std::move(all[i]));
  }
  return page;
}

}  // namespace

std::string_view view_word(QueueView view) { return kWords[std::size_t(view)]; }
std::optional<QueueView> view_from(std::string_view word) {
  for (int i = 0; i <= int(QueueView::kClosed); ++i)
    if (kWords[i] == word) return QueueView(i);
  return std::nullopt;
}

Result<QueuePage> find_queue(db::Reader& reader, const QueueQuery& query) {
  CHECK(query.page >= 1 && query.per_page >= 1);
  if (!query.text.empty()) return search(reader, query);
  QueuePage page;
  if (by_post(query.view) && query.posts.empty()) return page;
  page.total = TRY(count(reader, query));
  Statement s = page_of(query);
  Lines lines(reader, query.now);
  for (const auto& row : TRY(reader.query(s.sql, s.values))) page.lines.push_back(TRY(lines.line(row)));
  return page;
}

Result<QueueCounts> count_queue(db::Reader& reader, const QueueQuery& query) {
  QueueCounts counts;
  QueueQuery each = query;
  auto of = [&](QueueView view, std::uint64_t& to) -> Result<void> {
    each.view = view;
    to = TRY(count(reader, each));
    return {};
  };
  each.procedure.clear();
  TRY(of(QueueView::kMine, counts.mine));
  TRY(of(QueueView::kUnclaimed, counts.unclaimed));
  TRY(of(QueueView::kTeam, counts.team));
  TRY(of(QueueView::kOverdue, counts.overdue));
  return counts;
}

Result<std::vector<Procedure>> queue_procedures(db::Reader& reader) {
  auto rows = TRY(reader.query(
      "SELECT procedure, min(title_ja), min(title_en) FROM records_terms GROUP BY procedure ORDER BY procedure LIMIT 500"));
  std::vector<Procedure> out;
  for (const auto& row : rows) out.push_back({row.text(0), {row.text(1), row.text(2)}});
  return out;
}

}  // namespace musubi::records
