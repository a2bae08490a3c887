#include "records/queue.h"

#include "records/records_test_support.h"

namespace musubi::records {
namespace {

class QueueTest : public RecordsTest {
 protected:
  QueueQuery query(QueueView view, const std::string& officer = "officer-desk") {
    QueueQuery query;
    query.view = view;
    query.officer = officer;
    query.posts = posts[officer];
    query.now = clock.now();
    return query;
  }
  std::vector<std::string> ids(const QueueQuery& query) {
    auto page = database->read([&](db::Reader& reader) { return find_queue(reader, query); });
    EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().message.en);
    std::vector<std::string> out;
    if (page.ok())
      for (const auto& line : page->lines) out.push_back(line.id);
    return out;
  }
  QueueCounts counts(const std::string& officer) {
    return database->read([&](db::Reader& reader) { return count_queue(reader, query(QueueView::kMine, officer)); }).value();
  }
  using Ids = std::vector<std::string>;
};

TEST_P(QueueTest, EachViewHoldsWhatItSays) {
  Case one = opened("r1"), two = opened("r2"), three = opened("r3"), four = opened("r4");
  ASSERT_OK(cases().claim(act(one, "officer-desk")));
  ASSERT_OK(cases().claim(act(two, "officer-desk2")));
  ASSERT_OK(cases().pass_check(act(three, "officer-desk"), ""));
  Case five = at_director("r5");
  ASSERT_OK(cases().judge(act(five, "officer-director"), Cases::Judgement::kGrant, ""));
  EXPECT_EQ(ids(query(QueueView::kMine)), Ids{one.id});
  EXPECT_EQ(ids(query(QueueView::kUnclaimed)), Ids{four.id});
  EXPECT_EQ(ids(query(QueueView::kTeam)), (Ids{one.id, two.id, four.id}));
  EXPECT_EQ(ids(query(QueueView::kTeam, "officer-chief")), Ids{three.id});
  EXPECT_EQ(ids(query(QueueView::kTeam, "officer-guest")), Ids{});
  EXPECT_EQ(ids(query(QueueView::kOpen)), (Ids{one.id, two.id, three.id, four.id}));
  EXPECT_EQ(ids(query(QueueView::kClosed)), Ids{five.id});
  EXPECT_EQ(ids(query(QueueView::kOverdue)), Ids{});
  clock.advance_us(3 * kDay_us);
  EXPECT_EQ(ids(query(QueueView::kOverdue)), (Ids{one.id, two.id, four.id}));
  ASSERT_OK(cases().send_back(act(now(one.id), "officer-desk"), "書き足してください"));
  EXPECT_EQ(ids(query(QueueView::kOverdue)), (Ids{two.id, four.id})) << "the clock stands still";
  auto all = counts("officer-desk");
  EXPECT_EQ(all.mine, 1u);
  EXPECT_EQ(all.unclaimed, 1u);
  EXPECT_EQ(all.team, 3u);
  EXPECT_EQ(all.overdue, 2u);
}

TEST_P(QueueTest, SeveralPostsAreOneSortedList) {
  for (int i = 0; i < 6; ++i) {
    Filing filing = test_filing("r" + std::to_string(i));
    filing.filed_at.us += (i * 7919 % 6) * 1'000'000;  // due in another order than numbered
    Case c = opened(filing);
    if (i % 2) ASSERT_OK(cases().pass_check(act(c, "officer-desk"), ""));
  }
  posts["officer-both"] = {"desk", "chief", "desk"};
  QueueQuery q = query(QueueView::kTeam, "officer-both");
  auto sorted = [&] {
    auto page = database->read([&](db::Reader& reader) { return find_queue(reader, q); }).value();
    EXPECT_EQ(page.total, 6u);
    std::vector<std::pair<std::int64_t, std::int64_t>> keys;
    for (const auto& line : page.lines) keys.push_back({line.due_at->us, line.number});
    return keys;
  };
  auto up = sorted();
  EXPECT_TRUE(std::is_sorted(up.begin(), up.end()));
  q.descending = true;
  auto down = sorted();
  std::reverse(down.begin(), down.end());
  EXPECT_EQ(up, down);
  q.descending = false;
  q.sort = QueueSort::kNumber;
  EXPECT_EQ(ids(q), (Ids{"2026-000001", "2026-000002", "2026-000003", "2026-000004", "2026-000005", "2026-000006"}));
  q.per_page = 4;
  q.page = 2;
  EXPECT_EQ(ids(q), (Ids{"2026-000005", "2026-000006"}));
}

TEST_P(QueueTest, FiltersByProcedure) {
  opened("r1");
  Filing other = test_filing("r2");
  other.procedure = "child-allowance";
  other.title = {"児童手当", "Child allowance"};
  Case c = opened(other);
  QueueQuery q = query(QueueView::kTeam);
  q.procedure = "child-allowance";
  EXPECT_EQ(ids(q), Ids{c.id});
  auto list = database->read([&](db::Reader& reader) { return queue_procedures(reader); }).value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].title.ja, "児童手当");
}

TEST_P(QueueTest, VariantCharactersAreKeptAndFound) {
  const std::string name = "葛\U000E0100城 髙橋";  // an ideographic variant, and one that NFKC leaves alone
  Case c = opened(test_filing("r1", name));
  EXPECT_EQ(database->read([&](db::Reader& r) { return applicant(r, c.id); }).value()->name, name);
  for (const char* words : {"葛城", "葛\U000E0100城", "髙橋"}) {
    QueueQuery query;
    query.view = QueueView::kOpen;
    query.text = words;
    query.now = clock.now();
    auto page = database->read([&](db::Reader& reader) { return find_queue(reader, query); });
    ASSERT_OK(page);
    EXPECT_EQ(page->lines.size(), 1u) << words;
  }
}

TEST_P(QueueTest, FindsNumberProcedureAndApplicantAndShowsNamesOnlyThen) {
  Case one = opened("r1");
  Case two = opened(test_filing("r2", "仮名 太郎"));
  QueueQuery q = query(QueueView::kOpen);
  auto found = [&](const char* text) {
    q.text = text;
    return ids(q);
  };
  EXPECT_EQ(found("太郎"), Ids{two.id});
  EXPECT_EQ(found("カクウ"), (Ids{one.id, two.id}));
  EXPECT_EQ(found("転入"), (Ids{one.id, two.id}));
  EXPECT_EQ(found("2026-000002"), Ids{two.id});
  EXPECT_EQ(found("令和8-000001"), Ids{one.id});
  EXPECT_EQ(found("２０２６－０００００２"), Ids{two.id});
  EXPECT_EQ(found("存在しない"), Ids{});
  EXPECT_EQ(found("！？"), Ids{});
  q.text = "太郎";
  EXPECT_EQ(database->read([&](db::Reader& reader) { return find_queue(reader, q); }).value().lines[0].name, "仮名 太郎");
  q.text.clear();
  QueuePage plain = database->read([&](db::Reader& reader) { return find_queue(reader, q); }).value();
  for (const auto& line : plain.lines) EXPECT_FALSE(line.name);
  q = query(QueueView::kClosed);
  EXPECT_EQ(found("太郎"), Ids{}) << "a search stays within its view";
}

RECORDS_ON_BOTH(QueueTest);

}  // namespace
}  // namespace musubi::records
